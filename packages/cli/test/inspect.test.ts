/** Owns what `anax inspect` takes, prints and exits with. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectCommand } from '../src/inspect.ts';
import { type Outcome, run, text, type World } from './support.ts';

const anaxInspect = (args: readonly string[], world?: World): Promise<Outcome> =>
  run(inspectCommand, args, world);

const vectors = readFileSync(new URL('../../protocol/test/data/vectors.tsv', import.meta.url), 'utf8');
const captured =
  vectors
    .split('\n')
    .map((line) => line.split('\t'))
    .find(([name]) => name === 'connect-5-captured')?.[3] ?? '';

const CONNECT_311 = '10 10 00 04 4d 51 54 54 04 02 00 3c 00 04 63 33 31 31';

describe('a good packet', () => {
  it('of the capture is shown field by field, exit code 0', async () => {
    const { out, error, code } = await anaxInspect(captured.split(' '));
    expect([code, error]).toEqual([0, '']);
    const lines = out.split('\n').map((line) => line.replace(/ {2,}/g, ' ').trim());
    expect(lines).toEqual(
      expect.arrayContaining([
        "CONNECT MQTT 5.0, client id 'mqttx_0c668d0d', Clean Start, Keep Alive 60 s, user 'admin', with password, 1 property",
        '8 05 Protocol Version 5 MQTT 5.0 [5:3.1.2.2]',
        '.... ..1. Clean Start 1 a new session; one that is there ends [5:3.1.2.4]',
        '10 00 3c Keep Alive 60 60 s (1 min): the server closes after 90 s of silence [5:3.1.2.10]',
        '14 00 00 01 2c Session Expiry Interval 300 300 s (5 min): the session is kept that long after the connection closes [5:3.1.2.11.2]',
        "20 6d 71 74 74 78 5f 30 63 Client Identifier 'mqttx_0c668d0d' [5:3.1.3.1]",
        "36 61 64 6d 69 6e User Name 'admin' [5:3.1.3.5]",
        "43 70 75 62 6c 69 63 Password 'public' [5:3.1.3.6]",
      ]),
    );
  });

  it.each([
    ['one argument', [captured]],
    ['no spaces', [captured.replaceAll(' ', '')]],
    ['colons and 0x', ['0x10', captured.slice(3).replaceAll(' ', ':')]],
  ])('reads the same from %s', async (_how, args) => {
    expect((await anaxInspect(args)).out).toBe((await anaxInspect(captured.split(' '))).out);
  });

  it('is read in the version told where nothing in it says', async () => {
    const { out, code } = await anaxInspect(['--mqtt-version', '3.1.1', '20', '02', '00', '05']);
    expect(code).toBe(0);
    expect(out).toMatch(/^CONNACK 0x05 Connection Refused, not authorized\n/);
  });

  it('is coloured on a terminal, and not with --no-color', async () => {
    const colour = { colour: true };
    expect((await anaxInspect(['c000'], colour)).out).toContain('\u001b[');
    expect((await anaxInspect(['--no-color', 'c000'], colour)).out).not.toContain('\u001b[');
  });
});

describe('a stream', () => {
  it('is shown packet by packet, with an empty line between', async () => {
    const { out, code } = await anaxInspect([`${CONNECT_311} 20 02 00 00 e0 00`]);
    expect(code).toBe(0);
    expect(out.split('\n\n').map((part) => part.split('\n')[0])).toEqual([
      "CONNECT MQTT 3.1.1, client id 'c311', Clean Session, Keep Alive 60 s",
      'CONNACK 0x00 Connection Accepted',
      'DISCONNECT',
    ]);
  });

  it('is a line of JSON for each packet with --json, without colour', async () => {
    const { out, code } = await anaxInspect(['--json', `${CONNECT_311} e0 00`], { colour: true });
    expect(code).toBe(0);
    const packets = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(packets.map(({ type, mqttVersion, offset }) => ({ type, mqttVersion, offset }))).toEqual([
      { type: 'connect', mqttVersion: '3.1.1', offset: 0 },
      { type: 'disconnect', mqttVersion: '3.1.1', offset: 18 },
    ]);
  });
});

describe('where bytes come from', () => {
  const binary = Uint8Array.of(0xc0, 0);

  it.each<[string, readonly string[], World]>([
    ['binary on standard input', [], { standardInput: binary }],
    ['hex on standard input', ['-'], { standardInput: text('c0\n00\n') }],
    ['a binary file', ['--file', 'capture'], { files: { capture: binary } }],
    ['a file of hex', ['-f', 'capture'], { files: { capture: text('0xc0 0x00') } }],
    ['--file -', ['--file', '-'], { standardInput: binary }],
    ['text told to be hex', ['--format', 'hex'], { standardInput: text('c0 00') }],
  ])('%s', async (_what, args, world) => {
    const { out, code } = await anaxInspect(args, world);
    expect([code, out.split('\n')[0]]).toEqual([0, 'PINGREQ']);
  });

  it('one argument that is no hex is the name of a file', async () => {
    const { out, code } = await anaxInspect(['ping.bin'], { files: { 'ping.bin': Uint8Array.of(0xc0, 0) } });
    expect([code, out.split('\n')[0]]).toEqual([0, 'PINGREQ']);
  });

  it('text that is told to be binary is read as bytes', async () => {
    // '0' is 0x30: a PUBLISH of which not all has come.
    const { out, code } = await anaxInspect(['--format', 'binary'], { standardInput: text('00') });
    expect([code, out.split('\n')[0]]).toEqual([1, 'PUBLISH, incomplete: 2 of 50 bytes have arrived']);
  });
});

describe('a packet that is not good', () => {
  it('is shown up to its fault with the clause, exit code 1', async () => {
    const { out, code } = await anaxInspect(['30 09 00 01 61 03 02 00 00 00 05 c0 00']);
    expect(code).toBe(1);
    expect(out).toContain(
      '!!  at byte 9: 0x81 Malformed Packet: the packet ends before Message Expiry Interval [5:2.1.4] [3.1.1:2.2.3]',
    );
    expect(out).toContain('2 more bytes were not read');
  });

  it('is said to be good in another version, if it is and none was told', async () => {
    const hint = 'it is good in MQTT 3.1 and 3.1.1';
    expect((await anaxInspect(['20020000'])).out).toContain(hint);
    expect((await anaxInspect(['-V', '5', '20020000'])).out).not.toContain(hint);
  });

  it('is malformed from a side that may not send it', async () => {
    expect((await anaxInspect(['--from', 'server', 'c000'])).code).toBe(1);
    expect((await anaxInspect(['--from', 'client', 'c000'])).code).toBe(0);
  });

  it('that has not arrived whole has exit code 1, too', async () => {
    const { out, code } = await anaxInspect(['30 08 00']);
    expect([code, out.split('\n')[0]]).toEqual([1, 'PUBLISH, incomplete: 3 of 10 bytes have arrived']);
  });
});

describe('a wrong call has exit code 2 and says what is wrong', () => {
  it.each<[string, readonly string[], World, string]>([
    ['no hex', ['c0', '0g'], {}, 'the hex given is not hex: "g" at character 5 is not a hex digit'],
    [
      'neither hex nor a file',
      ['ping.bin'],
      {},
      '"p" at character 1 is not a hex digit, and there is no such file',
    ],
    ['half a byte', ['c00'], {}, '"0" at character 3 is half a byte'],
    ['nothing', [], {}, 'give hex, --file FILE, or bytes on standard input'],
    ['empty input', [], { standardInput: new Uint8Array(0) }, 'there are no bytes in the input'],
    [
      'text that is not hex',
      [],
      { standardInput: text('c0\nhello') },
      'standard input is not hex: "h" in line 2 at character 1',
    ],
    ['hex and a file', ['--file', 'x', 'c000'], {}, 'give hex or --file, not both'],
    ['a file that is not there', ['--file', 'x'], {}, 'cannot read x: no such file'],
    ['an unknown version', ['-V', '6', 'c000'], {}, 'It is 3.1, 3.1.1 or 5.'],
    ['an unknown side', ['--from', 'broker', 'c000'], {}, 'Allowed choices are client, server'],
    ['an unknown option', ['--colour', 'c000'], {}, "unknown option '--colour'"],
  ])('%s', async (_what, args, world, message) => {
    const { out, error, code } = await anaxInspect(args, world);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });
});

describe('--help', () => {
  it('has examples and the exit codes, and is no error', async () => {
    const { out, code } = await anaxInspect(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('$ anax inspect --mqtt-version 3.1.1 --from server 20020000');
    expect(out).toContain('Exit codes: 0 good, 1 malformed or not whole');
  });
});
