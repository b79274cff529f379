// Drives one machine: gives it bytes and the time, carries its bytes to the pipe, wakes it when it asks.
// Owns the timer, the clock and the promises; decides nothing about MQTT.

import { MqttError } from '@anax/protocol';
import type { Authenticator, AuthStep } from '../auth/authenticator.ts';
import type { CloseCode, CloseReason } from '../errors.ts';
import { AUTHENTICATION, TRACE } from '../features.ts';
import { Machine } from '../machine.ts';
import type { Message } from '../message.ts';
import type { Negotiated } from '../negotiated.ts';
import type { Outgoing } from '../outgoing.ts';
import type { PublishRequest } from '../phase.ts';
import type { Session } from '../session.ts';
import type { Outcome, Sink } from '../sink.ts';
import type { Attempt } from './attempts.ts';
import { Authentication } from './authentication.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { Held } from './held.ts';
import type { ClientOptions } from './options.ts';
import type { BytePipe, OpenPipe, PipeListener } from './pipe.ts';
import { PacketSplitter } from './trace.ts';

const SEND_BUFFER_BYTES_MAX = 64 * 1024 * 1024;

/** What a connection tells the client above it; the calls of `Sink` as they come. */
export interface Above extends Pick<Sink, 'connected' | 'message' | 'settled' | 'closed'> {
  /** The application has no room for messages, and waits for no answer that may stand behind them. */
  readonly full: boolean;
  /** The batch of the store with everything that the session has told so far. */
  batch(): number;
  /** Bytes have been read, or are read again. */
  progressed(): void;
}

export class Driver implements Sink, PipeListener {
  readonly machine: Machine;
  readonly #above: Above;
  readonly #authentication: Authentication | undefined;
  readonly #options: ClientOptions;
  readonly #clock: Clock;
  readonly #pipe: BytePipe;
  readonly #openDeadline: number;
  readonly #received = new PacketSplitter();
  readonly #held = new Held();
  #closing = false;
  #cancelTimer: () => void = () => {};
  #wakeAt = Number.POSITIVE_INFINITY;
  #paused = false;
  #opened = false;
  /** Bytes of answers that were sent while the peer took none, since it took all. */
  #answersBytes = 0;
  #answering = false;

  /**
   * @param openTimeoutMs until the stream is open; after that the machine has its own limit for CONNACK.
   * @throws MqttError for options that cannot be said in their dialect.
   */
  constructor(
    open: OpenPipe,
    attempt: Attempt,
    options: ClientOptions,
    session: Session,
    above: Above,
    openTimeoutMs: number,
  ) {
    this.#options = options;
    this.#above = above;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.machine = new Machine(attempt.options, session, this);
    if (AUTHENTICATION) this.#authentication = new Authentication(this.machine, this, attempt.authenticator);
    this.#openDeadline = this.now() + openTimeoutMs;
    this.#pipe = open(this);
    this.#arm();
  }

  now(): number {
    return this.#clock.now();
  }

  get isConnected(): boolean {
    return this.machine.phase.name === 'connected';
  }

  /** CONNECT has gone out. */
  get asked(): boolean {
    return this.#opened;
  }

  /** @throws MqttError where the machine refuses it, or too many bytes wait for the peer. */
  publish(request: PublishRequest, ticket: number): Outgoing {
    const { bufferedBytes } = this.#pipe;
    if (bufferedBytes > this.#sendBufferBytesMax)
      throw new MqttError('send-buffer-full', `${bufferedBytes} bytes wait for the server already`);
    return this.machine.publish(request, ticket, this.now());
  }

  /** Begins a re-authentication under the ticket. @throws MqttError */
  authenticateAgain(make: () => Authenticator, ticket: number, signal: AbortSignal | undefined): void {
    this.#authentication?.again(make, ticket, signal);
  }

  /** What waits for the store does not leave any more. */
  abort(code: CloseCode, error: MqttError): void {
    this.#held.clear();
    if (this.#closing) this.#pipe.end();
    this.machine.abort(code, error, this.now());
    this.#arm();
  }

  /** Reads while the application has room, and the answers are not too many for the store. */
  adjust(): void {
    const { name } = this.machine.phase;
    const paused = this.#above.full || this.#held.isFull || name === 'authenticating' || name === 'verifying';
    if (paused !== this.#paused) {
      this.#paused = paused;
      if (paused) {
        this.machine.pause();
        this.#pipe.pause();
      } else {
        this.#pipe.resume();
        this.#read(() => this.machine.resume(this.now()));
        this.#above.progressed();
      }
    }
    this.#arm();
  }

  /** All batches up to this one are stored. */
  written(batch: number): void {
    if (this.#held.isEmpty) return;
    const { isFull } = this.#held;
    for (const bytes of this.#held.release(batch)) this.#write(bytes);
    if (this.#closing && this.#held.isEmpty) this.#pipe.end();
    if (!isFull) return;
    this.machine.drained(this.now());
    this.adjust();
  }

  // Of the pipe

  opened(): void {
    this.#opened = true;
    this.machine.connect(this.now());
    this.#arm();
  }

  received(chunk: Uint8Array): void {
    const { trace } = this.#options;
    if (TRACE && trace !== undefined)
      for (const packet of this.#received.push(chunk)) trace.received(packet, wallClock());
    this.#read(() => this.machine.receive(chunk, this.now()));
    this.#above.progressed();
    if (this.#held.isFull) this.adjust();
    else this.#arm();
  }

  drained(): void {
    // What was gathered may have gone no further than the socket.
    if (!this.#pipe.congested) this.#answersBytes = 0;
    this.machine.drained(this.now());
    this.#arm();
  }

  ended(error: MqttError | undefined): void {
    this.machine.ended(error, this.now());
  }

  // Of the machine

  get congested(): boolean {
    return this.#pipe.congested || this.#held.isFull;
  }

  send(bytes: Uint8Array): void {
    if (!this.#held.add(bytes)) this.#write(bytes);
  }

  hold(): void {
    this.#held.hold(this.#above.batch());
  }

  close(): void {
    this.#closing = true;
    if (this.#held.isEmpty) this.#pipe.end();
  }

  connected(negotiated: Negotiated): void {
    this.#above.connected(negotiated);
  }

  message(message: Message): boolean {
    return this.#above.message(message);
  }

  settled(ticket: number, outcome: Outcome): void {
    this.#above.settled(ticket, outcome);
  }

  /** While this end thinks, what the server may have sent behind is not read. */
  authenticate(step: AuthStep): void {
    this.#authentication?.step(step);
    this.adjust();
  }

  /** A call of the machine's that was not made from within a call to it. */
  acted(): void {
    this.adjust();
    this.#above.progressed();
  }

  closed(reason: CloseReason): void {
    this.#held.clear();
    this.#cancelTimer();
    this.#wakeAt = Number.NEGATIVE_INFINITY;
    this.#pipe.destroy();
    if (TRACE) this.#traceRest();
    if (AUTHENTICATION) this.#authentication?.closed(reason);
    this.#above.closed(reason);
  }

  #traceRest(): void {
    const rest = this.#received.rest();
    if (rest.length > 0) this.#options.trace?.received(rest, wallClock());
  }

  get #sendBufferBytesMax(): number {
    return this.#options.sendBufferBytesMax ?? SEND_BUFFER_BYTES_MAX;
  }

  /**
   * A peer that sends and reads nothing makes answers pile up. No server has so many to come: it would have to have far
   * more under way than our Receive Maximum.
   */
  #read(read: () => void): void {
    this.#answering = true;
    read();
    this.#answering = false;
    const limit = this.#sendBufferBytesMax;
    if (this.#answersBytes <= limit || this.#pipe.bufferedBytes <= limit) return;
    this.#answersBytes = 0;
    const message = `the server sends and does not read: ${this.#pipe.bufferedBytes} bytes wait for it`;
    const error = new MqttError('send-buffer-full', message, { side: 'server' });
    this.machine.abort('connection-lost', error, this.now());
  }

  #write(bytes: Uint8Array): void {
    if (this.#answering && this.#pipe.congested) this.#answersBytes += bytes.length;
    this.#pipe.write(bytes);
    if (TRACE) this.#options.trace?.sent(bytes.slice(), wallClock());
  }

  /** One timer, moved only when the machine wants to be woken earlier: mostly it is later, and then waking is free. */
  #arm(): void {
    const phase = this.machine.phase.name;
    if (phase === 'closed') return;
    const deadline = phase === 'idle' ? this.#openDeadline : this.machine.deadline();
    if (deadline >= this.#wakeAt) return;
    this.#cancelTimer();
    this.#wakeAt = deadline;
    this.#cancelTimer = this.#clock.after(Math.max(0, deadline - this.now()) + 1, this.#wake);
  }

  #wake = (): void => {
    const now = this.now();
    this.#wakeAt = Number.POSITIVE_INFINITY;
    if (this.machine.phase.name === 'idle' && now >= this.#openDeadline) {
      const error = new MqttError('connect-timeout', 'the server could not be reached in time', {
        side: 'server',
      });
      this.machine.abort('connect-timeout', error, now);
    } else {
      this.machine.wake(now);
    }
    this.#arm();
  };
}

function wallClock(): number {
  return performance.timeOrigin + performance.now();
}
