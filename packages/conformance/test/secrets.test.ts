/** Owns that no report has a password or authentication data in it. */

import { encodePacket, MQTT_5_0, utf8Bytes } from '@anax/protocol';
import { expect, test } from 'vitest';
import { connectPacketOf } from '../src/audit/connecting.ts';
import { secretsIn, withoutSecrets } from '../src/audit/secrets.ts';
import { publish } from '../src/wire/packets.ts';
import { record } from './support/audits.ts';

const facts = {
  userName: 'ada',
  password: 'hush',
  authentication: { method: 'M', data: utf8Bytes('first'), answers: [utf8Bytes('second')] },
};
const connect = encodePacket(
  connectPacketOf(MQTT_5_0, facts, 'x', {
    properties: { authenticationMethod: 'M', authenticationData: utf8Bytes('first') },
  }),
  MQTT_5_0,
);
const auth = encodePacket(
  {
    type: 'auth',
    reasonCode: 0x18,
    properties: { authenticationMethod: 'M', authenticationData: utf8Bytes('second') },
  },
  MQTT_5_0,
);

function shown(...sent: readonly Uint8Array[]): string {
  const { passed } = withoutSecrets(record(sent.map((bytes) => ({ sent: bytes }))), secretsIn(facts));
  const bytes = passed.flatMap(({ what }) => ('sent' in what ? [...what.sent] : []));
  return String.fromCharCode(...bytes);
}

test('passwords and authentication data are asterisks, in packets of the same length', () => {
  const text = shown(connect, auth);
  expect(text).not.toMatch(/hush|first|second/);
  expect(text).toContain('ada');
  expect(text.length).toBe(connect.length + auth.length);
});

test('they are so, too, where the packet is sent byte by byte or not whole', () => {
  const bytes = Array.from(connect, (byte) => Uint8Array.of(byte));
  expect(shown(...bytes)).toBe(shown(connect));
  expect(shown(connect.subarray(0, -1).slice())).not.toContain('first');
});

test('other packets stay as they were sent', () => {
  const packet = encodePacket(publish({ topic: 'hush', payload: 'first' }), MQTT_5_0);
  expect(shown(connect, packet)).toContain('hush');
  expect(withoutSecrets(record([{ seen: connect }]), secretsIn(facts)).passed).toEqual([
    { atMs: 0, what: { seen: connect } },
  ]);
});
