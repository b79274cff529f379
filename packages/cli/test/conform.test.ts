/** Owns what `anax conform` is told, shows and exits with; what an audit finds is tested where audits are. */

import { describe, expect, it } from 'vitest';
import { conformCommand } from '../src/conform.ts';
import { answering, broker, type Outcome, run, server, start } from './support.ts';

/** A broker that answers CONNECT of MQTT 5 and nothing else, on every connection. */
function mute(): Promise<readonly string[]> {
  return server((socket) => {
    socket.once('data', () => socket.write(Uint8Array.of(0x20, 3, 0, 0, 0)));
    socket.on('end', () => socket.end());
  });
}

const PING = ['--protocol', '5', '--only', 'ping/*', '--answer-timeout', '0.1'];
const conform = (...args: readonly string[]): Promise<Outcome> => run(conformCommand, args);

describe('an audit', () => {
  it('has exit code 0 where nothing is broken, and shows what is kept with --all', async () => {
    const address = await broker();
    const { out, error, code } = await conform(...address, '--only', '3.12.4-1');
    expect(code).toBe(0);
    expect(error).toMatch(/^anax conform: 2 of 2 checks done, 0 broken\n$/m);
    expect(out).toContain('Nothing is broken; 2 statements are kept.');
    expect(out).not.toContain('PINGREQ (c0 00) is answered');
    const all = await conform(...address, '--only', '3.12.4-1', '--all');
    expect(all.out).toMatch(/^5\.0 +MQTT-3\.12\.4-1 +kept +PINGREQ \(c0 00\) is answered/m);
  });

  it('takes an address in place of options, and only the versions asked for', async () => {
    const [, host, , port] = await broker();
    const { out, code } = await conform(
      `mqtt://${host}:${port}`,
      '--protocol',
      '3.1.1,5',
      '--only',
      'ping/*',
    );
    expect([code, out.match(/^MQTT [\d.]+(?= )/gm)]).toEqual([0, ['MQTT 3.1.1', 'MQTT 5.0']]);
    expect(out).toContain(`Audit of mqtt://${host}:${port}\n`);
  });

  it('has exit code 1 where something is broken, and shows the bytes and what was expected', async () => {
    const { out, error, code } = await conform(...(await mute()), ...PING);
    expect([code, error]).toEqual([1, 'anax conform: 1 of 1 checks done, 1 broken\n']);
    expect(out).toContain('BROKEN in MQTT 5.0: PINGREQ is answered by PINGRESP');
    expect(out).toMatch(/expected +PINGRESP at client 1\n +seen +nothing came within 100 ms/);
    expect(out).toMatch(/^ +0 +c0 +Packet Type and Flags +0xc0 +PINGREQ/m);
    expect(out).toContain('1 statement is broken, by what 1 check saw.');
  });

  it('shows how connections were made byte by byte with --explain', async () => {
    const address = await mute();
    const plain = await conform(...address, ...PING);
    expect(plain.out).toMatch(/CONNACK 0x00 Success\n +20 03 00 00 00\n/);
    const full = await conform(...address, ...PING, '--explain');
    expect(full.out).toMatch(/CONNACK 0x00 Success\n +Fixed Header/);
  });

  it('is one JSON value with --json', async () => {
    const { out, code } = await conform(...(await mute()), ...PING, '--json');
    const report = JSON.parse(out);
    expect(code).toBe(1);
    expect(report).toMatchObject({ format: 'anax-conformance-report', complete: true });
    expect(report.statements).toMatchObject([{ id: 'MQTT-3.12.4-1', verdict: 'broken' }]);
  });

  it('is a web page with --html, beside what is printed', async () => {
    const { out, written, code } = await conform(...(await mute()), ...PING, '--html', 'report.html');
    expect(code).toBe(1);
    expect(out).toContain('BROKEN');
    expect(written['report.html']).toMatch(/^<!doctype html>[\s\S]*PINGRESP at client 1[\s\S]*<\/html>\n$/);
  });

  it('says what is skipped for want of an option, which then is not', async () => {
    const args = [...(await broker()), '--only', 'refused/*', '--protocol', '5'];
    const without = await conform(...args);
    expect(without.code).toBe(0);
    expect(without.out).toMatch(/MQTT-3\.1\.3-8 +skipped .*--refused-client-id\)$/m);
    const given = await conform(...args, '--refused-client-id', 'x'.repeat(1025), '--all');
    expect(given.out).toMatch(/MQTT-3\.1\.3-8 +kept /);
  });

  it('uses the credentials given, and no output has them', async () => {
    const address = await broker({ users: [{ name: 'ada', password: 'hush-hush' }], anonymous: 'never' });
    const good = await conform(...address, '-u', 'ada', '-P', 'hush-hush', '--only', 'ping/*');
    expect(good.code).toBe(0);
    const login = ['-u', 'ada', '-P', 'hush-hush', '--html', 'x'];
    const bad = await conform(...(await mute()), ...PING, ...login, '--explain');
    const json = await conform(...(await mute()), ...PING, ...login, '--json');
    for (const { out, written } of [bad, json]) {
      expect(out + written['x']).toContain('ada');
      expect(out + written['x']).not.toMatch(/hush-hush|68 75 73 68 2d 68/);
    }
    expect(JSON.parse(json.out).options).toEqual(['userName', 'password']);
  });
});

describe('an audit that cannot be done has exit code 2', () => {
  it('where nobody is there', async () => {
    const address = await server(() => {});
    const { error, out, code } = await conform('-h', '127.0.0.1', '-p', '1', ...PING);
    expect([code, out, address.length]).toEqual([2, '', 4]);
    expect(error).toContain('anax conform: 127.0.0.1:1 cannot be reached: ECONNREFUSED');
  });

  it('where the broker lets nobody in', async () => {
    const { error, code } = await conform(...(await broker({ anonymous: 'never' })), ...PING);
    expect(code).toBe(2);
    expect(error).toContain('(--username and --password give credentials)');
  });

  it('where the broker speaks no version asked for', async () => {
    const { address } = await answering('20 03 00 84 00');
    const { error, code } = await conform(...address, ...PING);
    expect([code, error.includes('none of the versions asked for')]).toEqual([2, true]);
  });

  it('where the page cannot be written', async () => {
    const { error, code } = await conform(...(await broker()), ...PING, '--html', 'no/report.html');
    expect(code).toBe(2);
    expect(error).toContain('anax conform: no/report.html cannot be written: no such folder\n');
  });

  it('where it is stopped, at once, and says what it has', async () => {
    const args = [...(await mute()), '--protocol', '5', '--only', 'ping/*', '--answer-timeout', '60'];
    const running = start(conformCommand, args, { errorColumns: 80 });
    await running.shows('Now: ping/answered');
    running.stop();
    const { out, code } = await running.outcome;
    expect(code).toBe(2);
    expect(out).toContain('This audit is not complete: it was asked to stop.');
    expect(out).toMatch(/MQTT-3\.12\.4-1 +skipped .*\(the audit was stopped before this was done\)/);
  });
});

describe('progress', () => {
  it('is one line on standard error, where that is a terminal, and is gone at the end', async () => {
    const { error } = await run(conformCommand, [...(await mute()), ...PING], { errorColumns: 40 });
    const lines = error.split('\r\u001b[K');
    expect(lines).toContain('0 of 1 checks done, 0 broken. Now: ping');
    expect(lines).toContain('1 of 1 checks done, 1 broken. Now: ');
    expect(lines.at(-1)).toBe('');
  });

  it('is a line for each tenth of the work elsewhere', async () => {
    const few = await conform(...(await mute()), ...PING);
    expect(few.error).toBe('anax conform: 1 of 1 checks done, 1 broken\n');
    const { error } = await conform(
      ...(await broker()),
      '--protocol',
      '3.1.1',
      '--only',
      'subscribe/*,ping/*',
    );
    const lines = error.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.at(-1)).toMatch(/^anax conform: (\d+) of \1 checks done, 0 broken$/);
  });
});

describe('--list', () => {
  it('shows checks, what they prove and which option they need, and connects to nothing', async () => {
    const { out, code } = await conform('--list', '--only', 'ping/*');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^ping\/answered: PINGREQ is answered by PINGRESP.*\n {2}3\.1: 3\.12 .*\n {2}3\.1\.1: MQTT-3\.12\.4-1\n/,
    );
    const only5 = await conform('--list', '--only', 'MQTT-3.12.*', '--protocol', '5', '--json');
    expect(JSON.parse(only5.out)).toMatchObject({
      name: 'ping/answered',
      proves: [{ protocol: '5.0', statements: ['MQTT-3.12.4-1'] }],
    });
  });
});

describe('a wrong call has exit code 2 and says what is wrong', () => {
  it.each<[string, string, string]>([
    ['no address', '', 'give the broker, as in: anax conform mqtt://127.0.0.1:1883'],
    ['an address and a host', 'mqtt://x -h y', 'not both'],
    ['no address of MQTT', 'http://x', 'that begin with http:// are not supported'],
    ['no version', 'mqtt://x --protocol 5,6', 'It is 3.1, 3.1.1 or 5.'],
    ['a pattern that fits nothing', 'mqtt://x --only MQTT-9.*,nope', 'fits --only MQTT-9.*, nope'],
    ['a password alone', 'mqtt://x -P y', 'MQTT 3.1 takes no password without a user name: give --username'],
    ['a refused password alone', 'mqtt://x --refused-password y', 'give --username'],
    ['data of no method', 'mqtt://x --authentication-answer y', 'need --authentication-method'],
    ['no address of WebSocket', 'mqtt://x --ws http://x', '"http://x" is no address like ws://'],
    ['none at once', 'mqtt://x --parallel 0', 'It is a whole number of checks from 1 to 256'],
  ])('%s', async (_what, args, message) => {
    const { out, error, code } = await conform(...args.split(' ').filter(Boolean));
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });
});
