// The command as people call it: the built `anax` as a child process, with its real streams and signals.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const anax = fileURLToPath(new URL('../../packages/cli/bin/anax.js', import.meta.url));

interface Ended {
  readonly out: string;
  readonly error: string;
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
}

class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  #out = '';
  #error = '';

  constructor(command: string, args: readonly string[], input: string | undefined) {
    this.child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const { child } = this;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#error += text;
    });
    child.stdin?.on('error', () => {});
    if (input !== undefined) child.stdin?.end(input);
    this.ended = once(child, 'close').then(([code]: unknown[]) => ({
      out: this.#out,
      error: this.#error,
      code: typeof code === 'number' ? code : undefined,
    }));
  }

  /** Resolves with what matches in the output so far, rejects where it ends without. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const over = this.ended.then(() => 'over' as const);
    for (;;) {
      const match = pattern.exec(this.#out + this.#error);
      if (match !== null) return match;
      const next = Promise.race([
        once(this.child.stdout ?? this.child, 'data'),
        once(this.child.stderr ?? this.child, 'data'),
      ]);
      if ((await Promise.race([next, over])) === 'over')
        throw new Error(`not shown: ${pattern}\n${this.#out}${this.#error}`);
    }
  }
}

const start = (args: readonly string[], input?: string): Running =>
  new Running(process.execPath, [anax, ...args], input);
const run = (args: readonly string[], input = ''): Promise<Ended> => start(args, input).ended;
const shell = (line: string): Promise<Ended> =>
  new Running('bash', ['-o', 'pipefail', '-c', line.replaceAll('anax ', `${process.execPath} ${anax} `)], '')
    .ended;

let broker: Running;
let port = '';
beforeAll(async () => {
  broker = start(['broker', '--port', '0', '--memory', '--user', 'admin:public', '--log-level', 'silent']);
  port = (await broker.shows(/mqtt:\/\/127\.0\.0\.1:(\d+)/))[1] ?? '';
});
afterAll(async () => {
  broker.child.kill('SIGINT');
  await broker.ended;
});

const VERSIONS = ['3.1', '3.1.1', '5'];

describe('cli - anax conn', () => {
  const line = (): string[] =>
    `conn --hostname 127.0.0.1 --port ${port} --mqtt-version 5 --session-expiry-interval 300 --keepalive 60 --username admin --password public`.split(
      ' ',
    );

  test('connects with the line as it stands, and ends where its output is piped', async () => {
    const { out, error, code } = await run(line());
    expect([code, error]).toEqual([0, '']);
    expect(out).toContain(`Connected to 127.0.0.1:${port} with MQTT 5.0: 0x00 Success, a new session.\n`);
    expect(out).toMatch(/^Session Expiry Interval +300 s +as asked$/m);
  });

  test.each(VERSIONS)('takes the short forms in MQTT %s', async (version) => {
    const args = [
      '-h',
      '127.0.0.1',
      '-p',
      port,
      '-V',
      version,
      '-k',
      '9',
      '-u',
      'admin',
      '-P',
      'public',
      '-i',
      'x',
    ];
    const { out, code } = await run(['conn', ...args, '--explain']);
    expect([code, out.includes("client id 'x', Clean S"), out.includes('Keep Alive 9 s')]).toEqual([
      0,
      true,
      true,
    ]);
  });

  test('has exit code 1 with a wrong password and 2 with a wrong option', async () => {
    expect(await run([...line(), '--password', 'wrong'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('0x86 Bad User Name or Password'),
    });
    expect(await run([...line(), '--nope'])).toMatchObject({ code: 2 });
  });

  test('stays with --stay until Ctrl-C and disconnects in order', async () => {
    const conn = start([...line(), '--stay', '--explain']);
    await conn.shows(/until Ctrl-C/);
    conn.child.kill('SIGINT');
    const { out, code } = await conn.ended;
    expect([code, out.endsWith('Disconnected.\n')]).toEqual([0, true]);
    expect(out).toContain('DISCONNECT 0x00 Normal disconnection');
  });

  test('ends quietly behind head', async () => {
    expect(await shell(`anax ${[...line(), '--explain'].join(' ')} | head -1`)).toMatchObject({
      code: 0,
      error: '',
      out: expect.stringMatching(/^→ .* sent, 35 bytes\n$/),
    });
  });
});

describe('cli - anax pub and sub', () => {
  const where = (): string[] => ['-h', '127.0.0.1', '-p', port, '-u', 'admin', '-P', 'public'];

  test.each(VERSIONS.flatMap((version) => ['0', '1', '2'].map((qos) => [version, qos] as const)))(
    'carry a message in MQTT %s at QoS %s',
    async (version, qos) => {
      const topic = `trip/${version}/${qos}`;
      const common = [...where(), '-V', version, '-q', qos, '-t', topic];
      const sub = start(['sub', ...common, '-v', '-C', '1', '--explain']);
      await sub.shows(/SUBACK packet id/);
      expect(await run(['pub', ...common, '-m', 'hällo'])).toEqual({ out: '', error: '', code: 0 });
      const { out, code } = await sub.ended;
      expect([code, out]).toEqual([0, `${topic} hällo\n`]);
    },
  );

  test('carry the lines of standard input', async () => {
    const sub = start(['sub', ...where(), '-t', 'lines', '-q', '1', '-C', '3', '--explain']);
    await sub.shows(/SUBACK packet id/);
    expect(await run(['pub', ...where(), '-t', 'lines', '-q', '1', '-l'], 'a\nb\nc\n')).toMatchObject({
      code: 0,
    });
    expect((await sub.ended).out).toBe('a\nb\nc\n');
  });

  test.each(['hex', 'cbor'])('carry what is typed in %s, and show it so', async (format) => {
    const typed = format === 'hex' ? '00ff0a' : '{"a":[1,1.5,null]}';
    const sub = start(['sub', ...where(), '-t', `f/${format}`, '--format', format, '-C', '1', '--explain']);
    await sub.shows(/SUBACK packet id/);
    await run(['pub', ...where(), '-t', `f/${format}`, '--format', format, '-m', typed]);
    expect(await sub.ended).toMatchObject({ code: 0, out: `${typed}\n` });
  });

  test('carry lines of JSON with their topics, as sub writes them', async () => {
    const sub = start(['sub', ...where(), '-t', 'nd/#', '--json', '-q', '1', '-C', '2', '--explain']);
    await sub.shows(/SUBACK packet id/);
    const lines =
      '{"topic":"nd/1","payload":"a","qos":1}\n{"topic":"nd/2","payloadHex":"00ff","retain":true}\n';
    expect(await run(['pub', ...where(), '--ndjson'], lines)).toEqual({ code: 0, out: '', error: '' });
    const { out } = await sub.ended;
    const again = start(['sub', ...where(), '-t', 'nd/#', '-v', '-C', '3', '--explain']);
    await again.shows(/SUBACK packet id/);
    await run(['pub', ...where(), '--ndjson'], out);
    expect((await again.ended).out.split('\n').filter((line) => line === 'nd/1 a')).toHaveLength(1);
  });

  test('take a saved profile, and a password from a file', async () => {
    const config = mkdtempSync(join(tmpdir(), 'anax-config-'));
    writeFileSync(join(config, 'password'), 'public\n');
    const env = `XDG_CONFIG_HOME=${config}`;
    const options = `-h 127.0.0.1 -p ${port} -u admin --password-file ${config}/password`;
    const added = await shell(`${env} anax profile add here ${options}`);
    expect(added).toEqual({ code: 0, error: '', out: `${config}/anax/profiles/here.yaml\n` });
    const published = await shell(`${env} anax pub --profile here -t profile -r -q 1 -m kept`);
    expect(published.code).toBe(0);
    expect((await shell(`${env} anax sub --profile here -t profile -C 1`)).out).toBe('kept\n');
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('sub ends in order with %s', async (signal) => {
    const sub = start(['sub', ...where(), '-t', 'none', '--explain']);
    await sub.shows(/SUBACK packet id/);
    sub.child.kill(signal);
    const { error, code } = await sub.ended;
    expect([code, error.includes('DISCONNECT 0x00')]).toEqual([0, true]);
  });

  test('pub ends in order with Ctrl-C while it waits for a line', async () => {
    const pub = start(['pub', ...where(), '-t', 'none', '-l', '--explain']);
    await pub.shows(/CONNACK 0x00[\s\S]*\n\n/);
    pub.child.kill('SIGINT');
    const { code } = await pub.ended;
    expect(code).toBe(0);
  });

  test('sub ends quietly behind head', async () => {
    const retained = ['1', '2', '3'].map((n) =>
      run(['pub', ...where(), '-t', `head/${n}`, '-q', '1', '-r', '-m', n]),
    );
    await Promise.all(retained);
    // It sees that nobody reads any more when it writes again: one more message is published until it has ended.
    const sub = shell(`anax sub ${where().join(' ')} -t 'head/#' | head -1`);
    let over = false;
    void sub.then(() => {
      over = true;
    });
    while (!over) await run(['pub', ...where(), '-t', 'head/4', '-m', 'more']);
    expect(await sub).toMatchObject({ code: 0, error: '', out: expect.stringMatching(/^[123]\n$/) });
  });
});

describe('cli - anax rr', () => {
  test('a command answers a request', async () => {
    const where = ['-h', '127.0.0.1', '-p', port, '-u', 'admin', '-P', 'public'];
    const responder = start(['rr', 'respond', ...where, '-t', 'up', '--exec', 'tr a-z A-Z', '--explain']);
    await responder.shows(/SUBACK packet id/);
    const request = ['rr', 'request', ...where, '-t', 'up', '-m', 'loud'];
    expect(await run(request)).toEqual({ code: 0, error: '', out: 'LOUD\n' });
    responder.child.kill('SIGTERM');
    const { code, error } = await responder.ended;
    expect([code, error]).toEqual([0, expect.stringContaining('1 request answered')]);
  });
});

describe('cli - anax conform', () => {
  const where = (): string => `mqtt://admin:public@127.0.0.1:${port}`;

  test('finds nothing broken in what it looks at, and writes its page', async () => {
    const page = join(mkdtempSync(join(tmpdir(), 'anax-conform-')), 'report.html');
    const args = ['conform', where(), '--only', 'ping/*', '--all', '--html', page];
    const { out, error, code } = await run(args);
    expect(code).toBe(0);
    // Progress, where standard error is no terminal, and nothing else.
    expect(error).toMatch(/^(?:anax conform: \d+ of \d+ checks done, 0 broken\n)*$/);
    expect(out).toMatch(/^3\.1\.1 +MQTT-3\.12\.4-1 +kept /m);
    expect(out.endsWith('statements are kept.\n')).toBe(true);
    expect(readFileSync(page, 'utf8')).toContain(`<title>MQTT audit of mqtt://127.0.0.1:${port}</title>`);
  });

  test('has exit code 2 where nobody is there', async () => {
    expect(await run(['conform', 'mqtt://127.0.0.1:1', '--only', 'ping/*'])).toMatchObject({
      code: 2,
      out: '',
      error: 'anax conform: 127.0.0.1:1 cannot be reached: ECONNREFUSED\n',
    });
  });

  test('ends with what it has at Ctrl-C, which is no success', async () => {
    const mute = createServer((socket) => {
      socket.once('data', () => {
        socket.write(Uint8Array.of(0x20, 3, 0, 0, 0));
        // PINGREQ has come: the check waits for what will not come.
        socket.once('data', () => audit.child.kill('SIGINT'));
      });
      socket.on('error', () => {});
    });
    mute.listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port: at } = mute.address() as AddressInfo;
    const args = ['--protocol', '5', '--only', 'ping/*', '--answer-timeout', '60'];
    const audit = start(['conform', `mqtt://127.0.0.1:${at}`, ...args]);
    const { out, code } = await audit.ended;
    mute.close();
    expect([code, out.includes('This audit is not complete: it was asked to stop.')]).toEqual([2, true]);
  });
});

describe('cli - anax broker', () => {
  test('serves on and ends in order when nobody reads its output any more', async () => {
    const unread = start(['broker', '--port', '0', '--memory', '--log-level', 'silent']);
    const [, at = ''] = await unread.shows(/mqtt:\/\/127\.0\.0\.1:(\d+)/);
    await unread.shows(/Ctrl-C/);
    unread.child.stdout?.destroy();
    expect((await run(['conn', '-h', '127.0.0.1', '-p', at, '--once'])).code).toBe(0);
    unread.child.kill('SIGINT');
    expect(await unread.ended).toMatchObject({ code: 0, error: '' });
  });

  test('stores in the directory that it is given, and two do not share one', async () => {
    const data = join(mkdtempSync(join(tmpdir(), 'anax-e2e-')), 'data');
    const first = start(['broker', '--port', '0', '--data', data, '--log-level', 'silent']);
    await first.shows(/stored in .*data: an acknowledgement means that it is on disk/);
    const { code, error } = await run(['broker', '--port', '0', '--data', data]);
    expect(code).toBe(1);
    expect(error).toMatch(
      /^anax broker: the store in .*data is in use by process \d+ \(--data DIR names another/,
    );
    // Whoever is killed leaves nothing that keeps the next one out.
    first.child.kill('SIGKILL');
    await first.ended;
    const next = start(['broker', '--port', '0', '--data', data, '--log-level', 'silent']);
    await next.shows(/Ctrl-C/);
    next.child.kill('SIGTERM');
    expect(await next.ended).toMatchObject({ code: 0, error: '' });
  });

  test('says what is wrong with a directory that it cannot have', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'anax-e2e-')), 'file');
    writeFileSync(file, '');
    const { code, error } = await run(['broker', '--port', '0', '--data', file]);
    expect([code, error.includes(file), error.includes('--memory')]).toEqual([1, true, true]);
  });
});

describe('cli - anax', () => {
  test.each([[], ['broker'], ['conn'], ['pub'], ['sub'], ['inspect'], ['conform']])(
    'ends with 2 for an option that does not exist: %s',
    async (...verb) => {
      const { code, error } = await run([...verb, '--no-such-option']);
      expect(error).toContain("unknown option '--no-such-option'");
      expect(code).toBe(2);
    },
  );

  test('inspect ends quietly behind head', async () => {
    expect(await shell('anax inspect e000 e000 e000 | head -1')).toEqual({
      code: 0,
      error: '',
      out: 'DISCONNECT 0x00 Normal disconnection\n',
    });
  });

  test('tells its own version with -V, and a verb has the MQTT version there', async () => {
    expect((await run(['-V'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await run(['inspect', '-V', '3.1.1', '20020000'])).out).toMatch(
      /^CONNACK 0x00 Connection Accepted\n/,
    );
  });
});
