// Owns that nothing a server says is obeyed by the terminal of whoever reads it: each text of the protocol, in each verb.

import { encodePacket, MQTT_5_0, type Packet } from '@anax/protocol';
import { describe, expect, it } from 'vitest';
import { connCommand } from '../src/conn.ts';
import { pubCommand } from '../src/pub.ts';
import { subCommand } from '../src/sub.ts';
import { connack, run, server } from './support.ts';

/** Clears a screen, rings, begins a line anew, turns the text around. */
const EVIL = '\u001b[2J\u0007\r\n\u202e\u009b31m';
const explains = { reasonString: EVIL, userProperties: [[EVIL, EVIL]] } as const;

const ANSWERS: readonly (readonly [string, readonly Packet[]])[] = [
  [
    'CONNACK that refuses',
    [{ type: 'connack', sessionPresent: false, reasonCode: 0x87, properties: explains }],
  ],
  [
    'CONNACK that refers to another server',
    [{ type: 'connack', sessionPresent: false, reasonCode: 0x9c, properties: { serverReference: EVIL } }],
  ],
  [
    'CONNACK that assigns a name',
    [
      connack({ assignedClientIdentifier: EVIL, ...explains }),
      { type: 'disconnect', reasonCode: 0x8b, properties: explains },
    ],
  ],
  [
    'DISCONNECT',
    [connack(), { type: 'disconnect', reasonCode: 0x98, properties: { ...explains, serverReference: EVIL } }],
  ],
];

describe.each(ANSWERS)('%s', (_, packets) => {
  it.each([
    ['conn', connCommand, ['--stay']],
    ['conn --json', connCommand, ['--json', '--stay']],
    ['conn --explain', connCommand, ['--explain', '--stay']],
    ['conn --explain --json', connCommand, ['--explain', '--json', '--stay']],
    ['pub', pubCommand, ['-t', 'a', '-m', 'm', '-q', '1']],
    ['sub', subCommand, ['-t', 'a', '-v']],
  ] as const)('in %s', async (_verb, verb, args) => {
    const address = await server((socket) =>
      socket.once('data', () => {
        for (const packet of packets) socket.write(encodePacket(packet, MQTT_5_0));
        socket.end();
      }),
    );
    const { out, error } = await run(verb, [...address, ...args]);
    expect((out + error).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(out + error).not.toBe('');
  });
});
