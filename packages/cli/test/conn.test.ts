/** Owns what `anax conn` prints, how long it stays and what it exits with. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connCommand } from '../src/conn.ts';
import { answering, broker, run, server, squeezed, start } from './support.ts';

const vectors = new Map(
  readFileSync(new URL('../../protocol/test/data/vectors.tsv', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name = '', , , hex = '']) => [name, hex]),
);

describe('--explain', () => {
  it('shows CONNECT and CONNACK of the capture field by field, the end, and last what was negotiated', async () => {
    const { address } = await answering(vectors.get('connack-5-captured') ?? '');
    const { out, code } = await run(connCommand, [
      ...address,
      ...[
        '--explain',
        '-i',
        'mqttx_0c668d0d',
        '--session-expiry-interval',
        '300',
        '-u',
        'admin',
        '-P',
        'public',
      ],
    ]);
    expect(code).toBe(0);
    const lines = squeezed(out);
    expect(lines[0]).toMatch(/^→ \d\d:\d\d:\d\d\.\d{3} sent, 49 bytes$/);
    expect(lines).toEqual(
      expect.arrayContaining([
        "CONNECT MQTT 5.0, client id 'mqttx_0c668d0d', Clean Start, Keep Alive 60 s, user 'admin', with password, 1 property",
        '8 05 Protocol Version 5 MQTT 5.0 [5:3.1.2.2]',
        '10 00 3c Keep Alive 60 60 s (1 min): the server closes after 90 s of silence [5:3.1.2.10]',
        "36 61 64 6d 69 6e User Name 'admin' [5:3.1.3.5]",
        expect.stringMatching(/^← \d\d:\d\d:\d\d\.\d{3} received, 21 bytes$/),
        'CONNACK 0x00 Success, 6 properties',
        '3 00 Connect Reason Code 0x00 Success [5:3.2.2.2]',
        '6 00 10 00 00 Maximum Packet Size 1048576 1048576 bytes (1 MiB): the client must not send larger packets [5:3.2.2.3.6]',
        'DISCONNECT 0x00 Normal disconnection',
      ]),
    );
    expect(lines.slice(lines.indexOf('Disconnected.'))).toEqual([
      'Disconnected.',
      '',
      'Negotiated this client the broker',
      'MQTT version 5.0 5.0',
      'Client Identifier mqttx_0c668d0d as given',
      'Session begin anew a new one',
      'Keep Alive 60 s as asked',
      'Session Expiry Interval 300 s as asked',
      'Receive Maximum 65535 messages (default) 65535 messages (default)',
      'Maximum Packet Size no limit (default) 1048576 bytes',
      'Topic Alias Maximum 0 (default) 65535',
      'Maximum QoS 2 (default)',
      'Retain Available yes',
      'Wildcard Subscription Available yes',
      'Subscription Identifiers Available yes',
      'Shared Subscription Available yes',
      'Response Information not asked for -',
      'Problem Information welcome',
      '',
    ]);
  });

  it('shows PINGREQ and PINGRESP while it stays', async () => {
    const { out, code } = await run(connCommand, [...(await broker()), '--explain', '--stay', '-k', '1'], {
      stopAt: '\nPINGRESP\n',
    });
    expect(code).toBe(0);
    expect(
      out
        .split('\n')
        .filter((line) => /^[A-Z]{7,}/.test(line))
        .map((line) => line.split(' ')[0]),
    ).toEqual(['CONNECT', 'CONNACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT']);
  });

  it('shows a malformed packet of the broker up to its fault, and what follows from it', async () => {
    const { address } = await answering('20 03 02 00 00');
    const { out, error, code } = await run(connCommand, [...address, '--explain']);
    expect(code).toBe(1);
    expect(out).toContain('!!  at byte 4: 0x81 Malformed Packet: a reserved connect acknowledge flag is set');
    expect(error).toContain('the server broke the protocol');
  });

  it('is coloured on a terminal and not with --no-color', async () => {
    const address = await broker();
    const args = [...address, '--explain', '--once'];
    expect((await run(connCommand, args, { colour: true })).out).toContain('\u001b[');
    expect((await run(connCommand, [...args, '--no-color'], { colour: true })).out).not.toContain('\u001b[');
  });

  it('does not let a slow reader pile up what the broker sends', async () => {
    const flood = Buffer.alloc(40_000, Buffer.from('d000', 'hex'));
    const address = await server((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from('2003000000', 'hex'));
        for (let i = 0; i < 20; i++) socket.write(flood);
        socket.end();
      });
    });
    let written = 0;
    const write = (text: string | Uint8Array): Promise<void> | void => {
      if (typeof text === 'string' && text.includes('PINGRESP')) {
        written += text.length;
        return new Promise(() => {});
      }
    };
    await run(connCommand, [...address, '--explain', '--stay'], { write });
    expect(written).toBeGreaterThan(16 * 1024 * 1024);
    expect(written).toBeLessThan(17 * 1024 * 1024);
  });
});

describe('what was negotiated', () => {
  it('names what the broker decided: identifier, Keep Alive, session, and texts of its own', async () => {
    const properties =
      '13 00 1e 11 00 00 00 0a 12 00 03 67 65 6e 1f 00 02 68 69 26 00 01 6b 00 01 1b 24 01 1a 00 02 72 2f';
    const { address } = await answering(`20 24 00 00 21 ${properties}`);
    const { out, code } = await run(connCommand, [...address, '--req-response-info']);
    expect(code).toBe(0);
    expect(squeezed(out)).toEqual(
      expect.arrayContaining([
        'Client Identifier none given gen (assigned)',
        'Keep Alive 60 s 30 s',
        'Session Expiry Interval ends with the connection (default) 10 s',
        'Maximum QoS 1',
        'Response Information asked for r/',
        'Reason String - hi',
        'User Property k: \\u{1b}',
      ]),
    );
  });

  it('says that a session was there', async () => {
    const { address } = await answering('20 03 01 00 00');
    const { out } = await run(connCommand, [...address, '-c', '-i', 'c']);
    expect(out).toContain('0x00 Success, going on with the session that was there.');
    expect(squeezed(out)).toContain('Session go on Session Present: there was one');
  });

  it('is short in MQTT 3.1, which negotiates nothing', async () => {
    const { out, code } = await run(connCommand, [...(await broker()), '-V', '3.1', '-i', 'c']);
    expect(code).toBe(0);
    expect(squeezed(out)).toEqual([
      expect.stringMatching(/^Connected to 127\.0\.0\.1:\d+ with MQTT 3\.1: 0 Connection Accepted\.$/),
      'Disconnected.',
      '',
      'Negotiated this client the broker',
      'MQTT version 3.1 3.1',
      'Client Identifier c as given',
      'Session begin anew not told in this version',
      'Keep Alive 60 s as asked',
      '',
    ]);
  });
});

describe('how long it stays', () => {
  it('is until Ctrl-C on a terminal, which disconnects in order', async () => {
    const running = start(connCommand, await broker(), { terminal: true });
    await running.shows('Connected until Ctrl-C.');
    running.stop();
    const { out, code } = await running.outcome;
    expect([code, out.endsWith('Disconnected.\n')]).toEqual([0, true]);
  });

  it('is not at all with --once on a terminal', async () => {
    const { out, code } = await run(connCommand, [...(await broker()), '--once'], { terminal: true });
    expect([code, out.includes('Ctrl-C')]).toEqual([0, false]);
  });

  it('ends where the broker disconnects, with its reason, exit code 1', async () => {
    const address = await broker();
    const running = start(connCommand, [...address, '--stay', '-i', 'same']);
    await running.shows('Connected until Ctrl-C.');
    expect((await run(connCommand, [...address, '-i', 'same'])).code).toBe(0);
    const { error, code } = await running.outcome;
    expect(code).toBe(1);
    expect(error).toContain('the server disconnected: Session taken over (0x8e)');
  });

  it('is not begun where Ctrl-C comes before CONNACK', async () => {
    const running = start(connCommand, [...(await server(() => {})), '--explain']);
    await running.shows('CONNECT');
    running.stop();
    const { error, code } = await running.outcome;
    expect([code, error]).toEqual([1, 'anax conn: stopped before it was done\n']);
  });
});

describe('--json', () => {
  const events = (out: string): readonly Record<string, unknown>[] =>
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('is a line for each thing that happens', async () => {
    const { out, code } = await run(connCommand, [...(await broker()), '--json', '-i', 'c'], {
      colour: true,
    });
    expect(code).toBe(0);
    const all = events(out);
    expect(all.map(({ event, type }) => [event, type])).toEqual([
      ['sent', 'connect'],
      ['received', 'connack'],
      ['connected', undefined],
      ['sent', 'disconnect'],
      ['closed', undefined],
    ]);
    expect(all[0]).toMatchObject({
      mqttVersion: '5.0',
      length: 16,
      hex: expect.stringMatching(/^10 0e 00 04/),
    });
    expect(all[0]).not.toHaveProperty('fields');
    expect(all[2]).toMatchObject({ host: '127.0.0.1', negotiated: { clientId: 'c', keepAlive: 60 } });
    expect(all[4]).toMatchObject({ code: 'disconnected', reasonCode: 0 });
  });

  it('has the fields of each packet with --explain', async () => {
    const { out } = await run(connCommand, [...(await broker()), '--json', '--explain']);
    expect(events(out)[1]).toMatchObject({ fields: [{ name: 'Fixed Header' }, { name: 'Variable Header' }] });
  });

  it('tells a refusal with its reason', async () => {
    const address = await broker({ users: [{ name: 'admin', password: 'public' }] });
    const { out, error, code } = await run(connCommand, [...address, '--json', '-u', 'admin', '-P', 'no']);
    expect([code, error]).toEqual([1, '']);
    expect(events(out).at(-1)).toMatchObject({
      event: 'refused',
      reasonCode: 0x86,
      reason: 'Bad User Name or Password',
    });
  });

  it('tells that there is no connection', async () => {
    const { out, code } = await run(connCommand, ['-h', '127.0.0.1', '-p', '1', '--json']);
    expect(code).toBe(1);
    expect(events(out)).toMatchObject([{ event: 'failed', code: 'unreachable', host: '127.0.0.1', port: 1 }]);
  });
});

describe('a refused connection has exit code 1', () => {
  it.each<[string, string, string]>([
    ['5', '0x86 Bad User Name or Password', 'the user name or the password is wrong'],
    ['3.1.1', '4 Bad User Name or Password', ''],
    ['3.1', '4 Bad User Name or Password', ''],
  ])('and tells the code, its meaning and what to try in MQTT %s', async (version, code, why) => {
    const address = await broker({ users: [{ name: 'admin', password: 'public' }] });
    const args = [...address, '-V', version, '-i', 'c', '-u', 'admin', '-P', 'wrong'];
    const { error, out, code: exit } = await run(connCommand, args);
    expect([exit, out]).toEqual([1, '']);
    expect(error.split('\n')).toEqual([
      `anax conn: 127.0.0.1:${address[3]} refused the connection: ${code}`,
      ...(why === '' ? [] : [`anax conn: it says: ${why}`]),
      'anax conn: try: another --username or --password',
      '',
    ]);
  });

  it('and where the broker sends its clients instead', async () => {
    const address = await broker({ redirect: { serverReference: 'other:1883\u001b[2J' } });
    const { error, code } = await run(connCommand, address);
    expect(code).toBe(1);
    expect(error).toContain('0x9c Use another server\n');
    expect(error).toContain('anax conn: it refers to: other:1883\\u{1b}[2J\n');
  });

  it('where nobody listens', async () => {
    const { error, code } = await run(connCommand, ['-h', '127.0.0.1', '-p', '1']);
    expect(code).toBe(1);
    expect(error).toContain('nothing accepts connections at 127.0.0.1:1 (ECONNREFUSED)');
    expect(error).toContain('is a broker listening at 127.0.0.1:1?');
  });

  it('where the other end closes without a word', async () => {
    const address = await server((socket) => socket.once('data', () => socket.end()));
    const { error, code } = await run(connCommand, address);
    expect(code).toBe(1);
    expect(error).toContain('the server closed the connection before CONNACK');
  });

  it('where no CONNACK comes in time', async () => {
    const { error, code } = await run(connCommand, [...(await server(() => {})), '--connect-timeout', '0.1']);
    expect([code, error.split('\n')[0]]).toEqual([1, 'anax conn: no CONNACK came within 100 ms']);
  });
});

describe('--help', () => {
  it('has examples, and -h is the host', async () => {
    const { out, code } = await run(connCommand, ['--help']);
    expect(code).toBe(0);
    expect(out).toContain('-h, --hostname <host>');
    expect(out).toContain('$ anax conn --explain');
    expect(out).toContain('Exit codes: 0 connected');
  });
});
