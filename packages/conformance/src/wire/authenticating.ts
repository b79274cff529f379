// An exchange of enhanced authentication from CONNECT to CONNACK, or to the close. Judges nothing. [5:4.12]

import { type AuthPacket, type ConnackPacket, type Packet, Reason, type ReasonCode } from '@anax/protocol';
import { Broken, Unsuitable } from './broken.ts';
import type { Peer } from './peer.ts';

/** What is said: data in CONNECT, then an answer to each AUTH. */
export interface Said {
  readonly method: string;
  readonly data?: Uint8Array | undefined;
  readonly answers: readonly Uint8Array[];
}

export interface Exchanged {
  readonly auths: readonly AuthPacket[];
  /** Undefined where the broker closed instead. */
  readonly connack: ConnackPacket | undefined;
}

/** The properties of CONNECT, and of the AUTH that begins a re-authentication. */
export function opening({ method, data }: Said): {
  readonly authenticationMethod: string;
  readonly authenticationData?: Uint8Array;
} {
  return { authenticationMethod: method, ...(data === undefined ? {} : { authenticationData: data }) };
}

export function auth(reasonCode: ReasonCode, method: string, data: Uint8Array | undefined): AuthPacket {
  return { type: 'auth', reasonCode, properties: opening({ method, data, answers: [] }) };
}

/** Goes on behind CONNECT, answering each AUTH, until CONNACK or the close. @throws Unsuitable out of answers. */
export async function exchange(peer: Peer, { method, answers }: Said): Promise<Exchanged> {
  const auths: AuthPacket[] = [];
  for (;;) {
    const packet = await nextOrClosed(peer);
    if (packet === undefined) return { auths, connack: undefined };
    if (packet.type === 'connack') return { auths, connack: packet };
    if (packet.type !== 'auth') throw new Broken('AUTH or CONNACK', packet.type.toUpperCase());
    const answer = answers[auths.length];
    auths.push(packet);
    if (answer === undefined) {
      const asked = `the broker asks ${auths.length} times, --authentication-answer answers ${answers.length}`;
      throw new Unsuitable('skipped', asked);
    }
    peer.send(auth(Reason.continueAuthentication, method, answer));
  }
}

async function nextOrClosed(peer: Peer): Promise<Packet | undefined> {
  try {
    return await peer.next('AUTH, CONNACK or a close');
  } catch (error) {
    if (error instanceof Broken && peer.closed && peer.fault === undefined) return undefined;
    throw error;
  }
}
