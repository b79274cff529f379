/** Owns what breaks each check of CONNECT. */

import { MQTT_3_1_1, Reason, type TopicName, utf8Bytes } from '@anax/protocol';
import { field } from '../../src/wire/bytes.ts';
import { connectBytes, FLAG } from '../../src/wire/connect-bytes.ts';
import { textOf } from '../../src/wire/exchanges.ts';
import type { Saboteur } from '../support/saboteur.ts';
import { altering, always, lenient, misreading, stayingOpen } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

/** What came behind a CONNECT has been read before the refusal goes out. */
const READ_MS = 30;
const CONNECT_BYTE = 0x10;
const CONNACK_BYTE = 0x20;
const CODE_AT = 3;

/** Over all runs in this process, so that none takes another's connection over. */
let names = 0;

/** Refuses, and reads what comes behind all the same. */
const readingOn: Saboteur = () => () => {
  let refuses = false;
  return {
    fromClient: ({ packet, bytes }) => {
      if (bytes[0] !== CONNECT_BYTE) return undefined;
      const unknown = packet?.type === 'connect' && packet.properties.authenticationMethod !== undefined;
      refuses = packet === undefined || unknown;
      if (!refuses) return undefined;
      names += 1;
      // An empty client identifier with CleanSession 0 is no packet of 3.1.1 any more.
      const dialect = packet?.type === 'connect' ? packet.dialect : MQTT_3_1_1;
      const payload = [field(`refused${names}`)];
      return [connectBytes(dialect, {}, { flags: FLAG.cleanStart, payload })];
    },
    fromBroker: ({ bytes }, link) => {
      if (!refuses || bytes[0] !== CONNACK_BYTE) return undefined;
      setTimeout(() => link.hangUp(), READ_MS);
      return [bytes.with(CODE_AT, link.connect === undefined ? 2 : Reason.badAuthenticationMethod)];
    },
  };
};

export const CONNECT: Saboteurs = {
  'connect/other-packet-first': always({
    fromClient: ({ packet }, link) => {
      if (packet === undefined) link.toClient({ type: 'pingresp' });
      return undefined;
    },
  }),
  'connect/twice': stayingOpen,
  'connect/accepted': altering('connack', (packet) => ({
    ...packet,
    reasonCode: Reason.serverUnavailable,
  })),
  'connect/malformed': lenient,
  'connect/no-will-flag-no-will': lenient,
  'connect/will-topic-not-utf8': lenient,
  'connect/user-name-not-utf8': lenient,
  'connect/payload-order': misreading('connect', (packet) => {
    const { will } = packet;
    if (will === undefined) return packet;
    return { ...packet, will: { ...will, topic: textOf(will) as TopicName, payload: utf8Bytes(will.topic) } };
  }),
  'connect/behind-a-refused-one': readingOn,
  'connect/take-over': stayingOpen,
};
