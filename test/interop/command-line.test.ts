// The command line, as it is built, with servers and clients that nobody here wrote.

import { beforeAll, describe, expect, test } from 'vitest';
import { Child, type Ended } from './support/children.ts';
import { fresh } from './support/foreign.ts';
import { MOSQUITTO_VERSIONS, mosquittoPub, mosquittoSub } from './support/mosquitto-clients.ts';
import { ANAX } from './support/programs.ts';
import { type Server, startAedes, startMosquitto, USER } from './support/servers.ts';
import { startWire } from './support/wire.ts';

let mosquitto: Server = { open: 0, closed: 0 };
let aedes: Server = mosquitto;
beforeAll(async () => {
  mosquitto = await startMosquitto();
  aedes = await startAedes();
});

function start(verb: string, port: number, args: readonly string[]): Child {
  return new Child(process.execPath, [ANAX, verb, '-h', '127.0.0.1', '-p', `${port}`, ...args]);
}

function anax(verb: string, port: number, args: readonly string[]): Promise<Ended> {
  return start(verb, port, args).ended;
}

/** The line that the issue promises, without its verb. */
const LINE =
  '--mqtt-version 5 --session-expiry-interval 300 --keepalive 60 --username admin --password public';

/** Every byte that a trace shows, in its order: offset, bytes, and more bytes where one line is too short. */
function bytesShown(output: string): string {
  const shown = output
    .split('\n')
    .map((line) => /^(?: *\d+ {2}| {7})((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: |$)/.exec(line)?.[1]);
  return shown.join('').replaceAll(' ', '');
}

describe('anax conn - mosquitto 5.0', () => {
  test('connects with the line of the README, and ends with what was negotiated', async () => {
    const { code, stdout, stderr } = await anax('conn', mosquitto.open, LINE.split(' '));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Connected to 127\.0\.0\.1:\d+ with MQTT 5\.0: 0x00 Success, a new session\.$/m);
    expect(stdout).toMatch(/^Session Expiry Interval +300 s +as asked$/m);
    expect(stdout).toMatch(/^Keep Alive +60 s +as asked$/m);
  });

  /** What `--explain` shows of both directions, and what a wire between the two saw. */
  async function explained(more: readonly string[]): Promise<{ shown: string[]; onTheWire: string[] }> {
    const wire = await startWire(mosquitto.open);
    const { code, stdout } = await anax('conn', wire.port, [...LINE.split(' '), ...more, '--explain']);
    expect(code).toBe(0);
    const packets = stdout.split(/^(?=[→←])/m);
    const shown = ['→', '←'].map((arrow) =>
      packets
        .filter((packet) => packet.startsWith(arrow))
        .map(bytesShown)
        .join(''),
    );
    return { shown, onTheWire: [wire.bytes('client').toString('hex'), wire.bytes('server').toString('hex')] };
  }

  test('prints every byte that was on the wire, and no other, with --explain', async () => {
    const { shown, onTheWire } = await explained(['-i', fresh('conn')]);
    expect(shown).toEqual(onTheWire);
    expect(shown[0]).toMatch(/^1026.*61646d696e00067075626c6963e000$/);
  });

  test('prints every byte of a CONNACK with a long Assigned Client Identifier, with --explain', async () => {
    const { shown, onTheWire } = await explained([]);
    expect(shown).toEqual(onTheWire);
  });

  test('finds the session of its client identifier again', async () => {
    const line = [...LINE.split(' '), '-i', fresh('conn'), '--no-clean'];
    expect((await anax('conn', mosquitto.open, line)).stdout).toMatch(/a new session/);
    expect((await anax('conn', mosquitto.open, line)).stdout).toMatch(/going on with the session/);
  });
});

const SERVERS = [
  ...MOSQUITTO_VERSIONS.map(({ version }) => ({ name: 'mosquitto', version, server: () => mosquitto })),
  { name: 'aedes', version: '3.1', server: () => aedes },
  { name: 'aedes', version: '3.1.1', server: () => aedes },
] as const;

describe.each(SERVERS)('anax - $name $version', ({ name, version, server }) => {
  const login = ['-V', version, '-u', USER.userName];

  test('conn connects with the right password and disconnects in order', async () => {
    const ended = await anax('conn', server().closed, [...login, '-P', USER.password]);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(`with MQTT ${version}`);
  });

  test('conn says with which code it was refused and what that means, and ends with 1', async () => {
    const { code, stderr } = await anax('conn', server().closed, [...login, '-P', 'wrong']);
    expect(code).toBe(1);
    const refusal =
      name === 'aedes' ? '4 Bad User Name or Password' : `${version === '5.0' ? '0x87' : '5'} Not authorized`;
    expect(stderr).toMatch(`refused the connection: ${refusal}`);
  });

  test.each(['0', '1', '2'])('pub publishes and sub prints at QoS %s', async (qos) => {
    const topic = fresh('line/');
    const args = ['-V', version, '-t', `${topic}/#`, '-q', '2', '-C', '2', '-v', '--explain'];
    const sub = start('sub', server().open, args);
    await sub.note(/SUBACK/);
    for (const text of ['21.5 °C', 'on']) {
      const pub = await anax('pub', server().open, [
        '-V',
        version,
        '-t',
        `${topic}/${qos}`,
        '-q',
        qos,
        '-m',
        text,
      ]);
      expect(pub).toMatchObject({ code: 0, stdout: '', stderr: '' });
    }
    const { code, stdout } = await sub.ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${topic}/${qos} 21.5 °C\n${topic}/${qos} on\n` });
  });

  test('pub leaves a retained message, and sub is told that it is one', async () => {
    const topic = fresh('line/');
    await anax('pub', server().open, ['-V', version, '-t', topic, '-q', '1', '-r', '-m', 'kept']);
    const args = ['-V', version, '-t', topic, '-q', '1', '-C', '1', '--json'];
    const { stdout } = await anax('sub', server().open, args);
    expect(JSON.parse(stdout)).toMatchObject({ topic, payload: 'kept', qos: 1, retain: true });
  });

  test('sub has its will published when it is killed', async () => {
    const topic = fresh('line/');
    const sub = ['-V', version, '-q', '1', '--explain'];
    const watcher = start('sub', server().open, [...sub, '-t', topic, '-C', '1']);
    await watcher.note(/SUBACK/);
    const will = ['--will-topic', topic, '--will-message', 'gone', '--will-qos', '1'];
    const dying = start('sub', server().open, [...sub, '-t', 'nothing', ...will]);
    await dying.note(/SUBACK/);
    await dying.end('SIGKILL');
    expect(await watcher.ended).toMatchObject({ code: 0, stdout: 'gone\n' });
  });
});

describe.each(MOSQUITTO_VERSIONS)('anax broker - mosquitto_pub and mosquitto_sub $version', ({ flag }) => {
  test('chooses a port, says which, and carries messages for the users that it was given', async () => {
    const broker = new Child(process.execPath, [
      ANAX,
      'broker',
      '--port',
      '0',
      '--memory',
      '--user',
      'ada:right',
    ]);
    const port = Number(/:(\d+) /.exec(await broker.line(/listening on mqtt:/))?.[1]);
    const where = { port, flag };
    const login = ['-u', 'ada', '-P', 'right'];
    const sub = await mosquittoSub(where, ['-t', 'hello/#', '-q', '2', ...login]);
    expect((await mosquittoPub(where, ['-t', 'hello/world', '-m', 'hi', '-q', '2', ...login])).code).toBe(0);
    expect(await sub.next()).toMatchObject({ topic: 'hello/world', qos: 2, payload: '6869' });
    expect((await mosquittoPub(where, ['-t', 'x', '-m', 'y', '-u', 'ada', '-P', 'wrong'])).code).not.toBe(0);
    await sub.child.end('SIGTERM');
    expect((await broker.end('SIGTERM')).code).toBe(0);
  });
});
