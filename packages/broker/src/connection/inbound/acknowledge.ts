// PUBACK, PUBREC and PUBCOMP: the client answers what it was sent. [5:4.3] [3.1.1:4.3]

import {
  type Answered,
  type PubackPacket,
  type PubcompPacket,
  type PubrecPacket,
  publishAck,
  Reason,
} from '@anax/protocol';
import type { Owed } from '../../hub/owed.ts';
import type { Open } from '../open.ts';

/** The exchange is over, whatever the reason code: no other member of a group gets it. [5:MQTT-4.8.2-6] */
export function onPuback(open: Open, { packetId }: PubackPacket, now: number): void {
  const answered = open.session.outbox.acknowledge(packetId);
  if (inPhase(open, answered, 'PUBACK', packetId)) open.hub.settled(open.session, answered, now);
}

export function onPubrec(open: Open, { packetId, reasonCode }: PubrecPacket, now: number): void {
  const { outbox } = open.session;
  if (reasonCode >= 0x80) {
    const refused = outbox.refuse(packetId); // [5:MQTT-4.4.0-2] [5:MQTT-4.8.2-6]
    if (inPhase(open, refused, 'PUBREC', packetId)) open.hub.settled(open.session, refused, now);
    return;
  }
  const answered = outbox.receive(packetId);
  if (answered === 'unknown') {
    // The client shall not wait for ever. [5:3.6.2.1]
    return open.send(publishAck('pubrel', packetId, Reason.packetIdentifierNotFound));
  }
  if (!inPhase(open, answered, 'PUBREC', packetId)) return;
  open.hub.received(open.session, answered);
  open.send(publishAck('pubrel', packetId)); // [5:MQTT-2.2.1-5] [5:MQTT-4.3.3-4] [3.1.1:MQTT-2.3.1-6]
}

export function onPubcomp(open: Open, { packetId }: PubcompPacket, now: number): void {
  const answered = open.session.outbox.complete(packetId);
  if (inPhase(open, answered, 'PUBCOMP', packetId)) open.hub.settled(open.session, answered, now);
}

/** An answer to nothing is passed over: it may be late. One in the wrong phase is an error. */
function inPhase(open: Open, answered: Answered<Owed>, packet: string, packetId: number): answered is Owed {
  if (answered === 'unknown') return false;
  if (answered !== 'out-of-phase') {
    // The answer is to what an earlier connection sent: it is not sent again. [5:MQTT-4.3.3-6] [3.1.1:MQTT-4.3.3-1]
    open.session.unsent.delete(packetId);
    return true;
  }
  open.refuse(
    Reason.protocolError,
    `${packet} for packet identifier ${packetId}, which waits for another packet`,
    '[5:4.3]',
  );
  return false;
}
