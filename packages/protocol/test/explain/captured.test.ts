/** Owns the proof that the two captured packets are told field by field, as the standard names them. */

import { describe, expect, it } from 'vitest';
import { explain } from '../../src/explain/index.ts';
import { joined, vectors } from '../codec/rows.ts';
import { named, told } from './trees.ts';

function captured(name: string): Uint8Array {
  return joined(vectors.find((row) => row.name === name)?.packets ?? []);
}

describe('the captured CONNECT', () => {
  const packet = explain(captured('connect-5-captured'));

  it('is told in one line', () => {
    expect(packet.summary).toBe(
      "CONNECT MQTT 5.0, client id 'mqttx_0c668d0d', Clean Start, Keep Alive 60 s, user 'admin', with password, 1 property",
    );
  });

  it('has these fields, in this order', () => {
    expect(told(packet)).toEqual([
      '0+1 Packet Type and Flags = 0x10 [5:2.1.2]',
      'bits MQTT Control Packet type = 1 [5:2.1.2]',
      'bits Flags = 0000 [5:2.1.3]',
      '1+1 Remaining Length = 47 [5:2.1.4]',
      '2+2 Protocol Name Length = 4 [5:3.1.2.1]',
      "4+4 Protocol Name = 'MQTT' [5:3.1.2.1]",
      '8+1 Protocol Version = 5 [5:3.1.2.2]',
      '9+1 Connect Flags = 0xc2 [5:3.1.2.3]',
      'bits User Name Flag = 1 [5:3.1.2.8]',
      'bits Password Flag = 1 [5:3.1.2.9]',
      'bits Will Retain = 0 [5:3.1.2.7]',
      'bits Will QoS = 0 [5:3.1.2.6]',
      'bits Will Flag = 0 [5:3.1.2.5]',
      'bits Clean Start = 1 [5:3.1.2.4]',
      'bits Reserved = 0 [5:3.1.2.3]',
      '10+2 Keep Alive = 60 [5:3.1.2.10]',
      '12+1 Property Length = 5 [5:3.1.2.11.1]',
      '13+1 Identifier = 0x11 [5:2.2.2.2]',
      '14+4 Session Expiry Interval = 300 [5:3.1.2.11.2]',
      'absent Request Problem Information = absent [5:3.1.2.11.7]',
      'absent Request Response Information = absent [5:3.1.2.11.6]',
      'absent Receive Maximum = absent [5:3.1.2.11.3]',
      'absent Topic Alias Maximum = absent [5:3.1.2.11.5]',
      'absent Maximum Packet Size = absent [5:3.1.2.11.4]',
      '18+2 Client Identifier Length = 14 [5:3.1.3.1]',
      "20+14 Client Identifier = 'mqttx_0c668d0d' [5:3.1.3.1]",
      '34+2 User Name Length = 5 [5:3.1.3.5]',
      "36+5 User Name = 'admin' [5:3.1.3.5]",
      '41+2 Password Length = 6 [5:3.1.3.6]',
      "43+6 Password = 'public' [5:3.1.3.6]",
    ]);
  });

  it('says in words what numbers and flags mean', () => {
    const meaning = (name: string): string => named(packet, name).meaning;
    expect(meaning('Keep Alive')).toBe('60 s (1 min): the server closes after 90 s of silence');
    expect(meaning('Session Expiry Interval')).toBe(
      '300 s (5 min): the session is kept that long after the connection closes',
    );
    expect(meaning('Protocol Version')).toBe('MQTT 5.0');
    expect(meaning('Clean Start')).toBe('a new session; one that is there ends');
    expect(meaning('Will Flag')).toBe('no will');
    expect(meaning('Receive Maximum')).toBe('65535');
  });

  it('keeps the values for programs', () => {
    expect(named(packet, 'Keep Alive').raw).toBe(60);
    expect(named(packet, 'Client Identifier').raw).toBe('mqttx_0c668d0d');
    expect(named(packet, 'Password').raw).toEqual(new TextEncoder().encode('public'));
    expect(named(packet, 'Clean Start').bits).toEqual({ mask: 0x02, shift: 1 });
  });
});

describe('the captured CONNACK', () => {
  const packet = explain(captured('connack-5-captured'));

  it('is told in one line', () => {
    expect(packet.summary).toBe('CONNACK 0x00 Success, 6 properties');
  });

  it('has these fields, in this order', () => {
    expect(told(packet)).toEqual([
      '0+1 Packet Type and Flags = 0x20 [5:2.1.2]',
      'bits MQTT Control Packet type = 2 [5:2.1.2]',
      'bits Flags = 0000 [5:2.1.3]',
      '1+1 Remaining Length = 19 [5:2.1.4]',
      '2+1 Connect Acknowledge Flags = 0x00 [5:3.2.2.1]',
      'bits Reserved = 0000000 [5:3.2.2.1]',
      'bits Session Present = 0 [5:3.2.2.1.1]',
      '3+1 Connect Reason Code = 0x00 [5:3.2.2.2]',
      '4+1 Property Length = 16 [5:3.2.2.3.1]',
      '5+1 Identifier = 0x27 [5:2.2.2.2]',
      '6+4 Maximum Packet Size = 1048576 [5:3.2.2.3.6]',
      '10+1 Identifier = 0x25 [5:2.2.2.2]',
      '11+1 Retain Available = 1 [5:3.2.2.3.5]',
      '12+1 Identifier = 0x2a [5:2.2.2.2]',
      '13+1 Shared Subscription Available = 1 [5:3.2.2.3.13]',
      '14+1 Identifier = 0x29 [5:2.2.2.2]',
      '15+1 Subscription Identifiers Available = 1 [5:3.2.2.3.12]',
      '16+1 Identifier = 0x22 [5:2.2.2.2]',
      '17+2 Topic Alias Maximum = 65535 [5:3.2.2.3.8]',
      '19+1 Identifier = 0x28 [5:2.2.2.2]',
      '20+1 Wildcard Subscription Available = 1 [5:3.2.2.3.11]',
      'absent Session Expiry Interval = absent [5:3.2.2.3.2]',
      'absent Server Keep Alive = absent [5:3.2.2.3.14]',
      'absent Receive Maximum = absent [5:3.2.2.3.3]',
      'absent Maximum QoS = absent [5:3.2.2.3.4]',
    ]);
  });

  it('says in words what it negotiates', () => {
    const meaning = (name: string): string => named(packet, name).meaning;
    expect(meaning('Maximum Packet Size')).toBe(
      '1048576 bytes (1 MiB): the client must not send larger packets',
    );
    expect(meaning('Topic Alias Maximum')).toBe('the client may use Topic Alias 1 to 65535');
    expect(meaning('Session Present')).toBe('the server holds no session for this client');
    expect(meaning('Maximum QoS')).toBe('2: the server takes messages of every QoS');
  });
});
