// What a connection says while it has no link: to its peer, to the log, and to who listens to events. Owns no state.

import {
  type ConnectPacket,
  type Dialect,
  encode,
  type Fault,
  MqttError,
  type Packet,
  reasonTitle,
} from '@anax/protocol';
import type { Refusal } from '../access/access.ts';
import type { Wire } from '../hub/link.ts';
import type { Note } from '../hub/notes.ts';
import type { Context } from './context.ts';
import { foreignGreeting } from './greeting.ts';
import { connackOfRefusal, loggable, sentence } from './refusal.ts';

export class Voice {
  readonly #context: Context;
  readonly #wire: Wire;

  constructor(context: Context, wire: Wire) {
    this.#context = context;
    this.#wire = wire;
  }

  /** False where it cannot be sent: larger than the client takes, or than a packet can be. */
  send(packet: Packet, dialect: Dialect, maximumPacketSize: number | undefined): boolean {
    try {
      const sent = encode(packet, dialect, this.#wire.out, maximumPacketSize) > 0;
      if (sent) this.#wire.counters.packetsSent += 1;
      return sent;
    } catch (error) {
      // An authenticator may hand over what does not fit into a packet: that is its error, not this connection's end.
      if (!(error instanceof MqttError)) throw error;
      this.note('connection-fault', error.message, {});
      return false;
    }
  }

  /**
   * Refuses a CONNECT, of which little may be known: a CONNACK where the dialect has a word for it.
   * [5:MQTT-3.1.4-2] [5:MQTT-3.2.2-7] [5:MQTT-4.12.0-4] [3.1.1:MQTT-3.2.2-5]
   */
  refuse(
    refusal: Refusal,
    dialect: Dialect | undefined,
    connect: ConnectPacket | undefined,
    now: number,
  ): void {
    const { reasonCode, text, reason, link, why, userName = loggable(connect?.userName) } = refusal;
    const { counters, events } = this.#context.hub;
    counters.connectsRefused += 1;
    const packet = dialect === undefined ? undefined : connackOfRefusal(refusal, dialect);
    if (dialect !== undefined && packet !== undefined) {
      this.send(packet, dialect, connect?.properties.maximumPacketSize);
    }
    const clientId = connect?.clientId;
    const facts = { reasonCode, clientId, userName, reason, link, why };
    this.noteAgainst('connect-refused', `${reasonTitle(reasonCode)}: ${text}`, facts, now);
    const { address } = this.#wire;
    events['connect-refused']?.({ clientId, address, reasonCode, text: sentence(text) });
  }

  /** The peer did what is wrong. */
  fault(
    { reasonCode, message, clause }: Pick<Fault, 'reasonCode' | 'message' | 'clause'>,
    clientId: string | undefined,
    now: number,
  ): void {
    this.#context.hub.counters.faults += 1;
    this.noteAgainst('connection-fault', message, { reasonCode, clause, clientId }, now);
  }

  /** Says of first bytes what they are, where they are something known that is no MQTT. */
  recognise(chunk: Uint8Array, now: number): void {
    const greeting = foreignGreeting(chunk);
    if (greeting !== undefined) this.noteAgainst('connection-fault', greeting, {}, now);
  }

  /** A decision against a peer: a flood of them is no flood of lines. */
  noteAgainst(event: Note['event'], text: string, facts: Partial<Note>, now: number): void {
    const { guard, listener } = this.#context;
    if (guard.lines.may(event, this.#wire.address, now))
      this.note(event, text, { listener: listener.name, ...facts });
  }

  note(event: Note['event'], text: string, facts: Partial<Note>): void {
    this.#context.hub.note({ event, text: sentence(text), address: this.#wire.address, ...facts });
  }
}
