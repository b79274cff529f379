// What the client's tests share: the tables of packets, a sink that records, a machine on a fake clock.

import { readFileSync } from 'node:fs';
import { type Dialect, encodePacket, MQTT_5_0, type Packet } from '@anax/protocol';
import {
  type AuthStep,
  type CloseReason,
  type ConnectOptions,
  Machine,
  type Message,
  type Negotiated,
  type Outcome,
  Session,
  type Sink,
} from '../src/index.ts';

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(
    text.split(/[\s|]+/).filter((part) => part !== ''),
    (part) => Number.parseInt(part, 16),
  );
}

/** Rows of a table of packets, by column. */
export function table(name: string): readonly Readonly<Record<string, string>>[] {
  const folder = name === 'vectors.tsv' ? 'protocol/test/data' : 'conformance/data';
  const url = new URL(`../../${folder}/${name}`, import.meta.url);
  const [head = '', ...rows] = readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const columns = head.split('\t');
  return rows.map((row) => Object.fromEntries(row.split('\t').map((cell, index) => [columns[index], cell])));
}

export function vector(name: string): Uint8Array {
  const row = table('vectors.tsv').find((one) => one['name'] === name);
  return bytes(row?.['hex'] ?? '');
}

export class Recorder implements Sink {
  readonly sent: string[] = [];
  readonly messages: Message[] = [];
  readonly outcomes = new Map<number, Outcome>();
  readonly steps: AuthStep[] = [];
  /** What this end says when the server is content. */
  ended: () => void = () => {};
  negotiated: Negotiated | undefined;
  closes = 0;
  congested = false;
  reason: CloseReason | undefined;
  /** What `message` answers. */
  takes: (message: Message) => boolean = () => true;

  send(packet: Uint8Array): void {
    this.sent.push(hex(packet));
  }
  hold(): void {
    this.sent.push('hold');
  }
  close(): void {
    this.closes += 1;
  }
  connected(negotiated: Negotiated): void {
    this.negotiated = negotiated;
  }
  message(message: Message): boolean {
    this.messages.push(message);
    return this.takes(message);
  }
  settled(ticket: number, outcome: Outcome): void {
    if (this.outcomes.has(ticket)) throw new Error(`ticket ${ticket} settled twice`);
    this.outcomes.set(ticket, outcome);
  }
  authenticate(step: AuthStep): void {
    this.steps.push(step);
    if (step.type === 'end') this.ended();
  }
  closed(reason: CloseReason): void {
    this.reason = reason;
  }
  /** What was sent since the last call. */
  taken(): string[] {
    return this.sent.splice(0);
  }
}

export interface Bench {
  readonly machine: Machine;
  readonly sink: Recorder;
  readonly session: Session;
  /** Bytes of the server in hex. */
  in(text: string, now?: number): void;
  packet(packet: Packet, now?: number): void;
}

/** A machine that has sent its CONNECT. */
export function connecting(
  options: ConnectOptions = {},
  session = new Session(),
  dialect: Dialect = MQTT_5_0,
): Bench {
  const sink = new Recorder();
  const machine = new Machine(options, session, sink);
  sink.ended = () => machine.verified(0);
  machine.connect(0);
  return {
    machine,
    sink,
    session,
    in: (text, now = 0) => machine.receive(bytes(text), now),
    packet: (packet, now = 0) => machine.receive(encodePacket(packet, dialect), now),
  };
}

/** A machine that has its CONNACK; what it sent so far is forgotten. */
export function connected(options: ConnectOptions = {}, connack?: string, session?: Session): Bench {
  const bench = connecting(options, session);
  bench.in(connack ?? ((options.dialect ?? '5.0') === '5.0' ? '20 03 00 00 00' : '20 02 00 00'));
  bench.sink.taken();
  return bench;
}

/** The error of a ticket that failed. */
export function failure(sink: Recorder, ticket: number): unknown {
  const outcome = sink.outcomes.get(ticket);
  return outcome?.type === 'failed' ? outcome.error : undefined;
}
