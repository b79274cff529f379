// Drives one machine: gives it bytes and the time, carries its bytes to the pipe, wakes it when it asks.
// Owns the timer, the clock and the promises; decides nothing about MQTT.

import { type AuthPacket, MqttError, type PropertiesOf } from '@anax/protocol';
import type { CloseReason } from '../errors.ts';
import { Machine } from '../machine.ts';
import type { Message } from '../message.ts';
import type { Negotiated } from '../negotiated.ts';
import { type ConnectOptions, localLimits } from '../options.ts';
import { Session } from '../session.ts';
import type { Outcome, Sink } from '../sink.ts';
import type { BytePipe, OpenPipe, PipeListener } from './pipe.ts';
import { Router } from './router.ts';
import type { OnMessage } from './subscription.ts';
import { aborted, Tickets } from './tickets.ts';
import { PacketSplitter, type Trace } from './trace.ts';

/** Answer to the server's AUTH; the Authentication Method is added. */
export type AuthAnswer = Omit<PropertiesOf<'auth'>, 'authenticationMethod'>;

export interface ClientOptions extends ConnectOptions {
  /** Gives the attempt up, and later the connection. */
  readonly signal?: AbortSignal;
  /** Every message, also of subscriptions that an earlier connection made. */
  readonly onMessage?: OnMessage;
  /** Answers AUTH; needed with `properties.authenticationMethod` where the server asks. */
  readonly authenticate?: (challenge: PropertiesOf<'auth'>) => AuthAnswer | Promise<AuthAnswer>;
  readonly trace?: Trace;
  /** Bytes that may wait for the peer; a publish beyond is refused with `send-buffer-full`. Default 64 MiB. */
  readonly sendBufferBytesMax?: number;
}

const SEND_BUFFER_BYTES_MAX = 64 * 1024 * 1024;

export class Driver implements Sink, PipeListener {
  readonly machine: Machine;
  readonly tickets = new Tickets();
  readonly router: Router;
  /** Resolves with CONNACK, rejects where the connection ends before. */
  readonly ready: Promise<Negotiated>;
  readonly over: Promise<CloseReason>;
  readonly #options: ClientOptions;
  readonly #pipe: BytePipe;
  readonly #openDeadline: number;
  readonly #received = new PacketSplitter();
  #settleReady: { resolve(negotiated: Negotiated): void; reject(error: MqttError): void } | undefined;
  #settleEnded: (reason: CloseReason) => void = () => {};
  #reason: CloseReason | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #paused = false;
  #drains: (() => void)[] = [];

  constructor(open: OpenPipe, options: ClientOptions) {
    this.#options = options;
    this.router = new Router(options.onMessage);
    this.machine = new Machine(options, new Session(), this);
    this.#openDeadline = this.now() + localLimits(options).connectTimeoutMs;
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.over = new Promise((resolve) => {
      this.#settleEnded = resolve;
    });
    this.#pipe = open(this);
    options.signal?.addEventListener('abort', this.#abort, { once: true });
    this.#arm();
  }

  now(): number {
    return performance.now();
  }

  /** Begins what the machine will settle. */
  run<T>(signal: AbortSignal | undefined, begin: (machine: Machine, ticket: number) => void): Promise<T> {
    if (this.#reason?.error !== undefined) return Promise.reject(this.#reason.error);
    const running = this.tickets.open<T>(signal, (ticket) => begin(this.machine, ticket));
    this.adjust();
    return running;
  }

  /** @throws MqttError where too many bytes wait for the peer. */
  requireRoom(): void {
    const { sendBufferBytesMax = SEND_BUFFER_BYTES_MAX } = this.#options;
    if (this.#pipe.bufferedBytes <= sendBufferBytesMax) return;
    throw new MqttError('send-buffer-full', `${this.#pipe.bufferedBytes} bytes wait for the server already`);
  }

  get congested(): boolean {
    return this.#pipe.congested;
  }

  /** Resolves when the peer takes bytes again, rejects where the connection ends before. */
  async drain(): Promise<void> {
    await new Promise<void>((resolve) => this.#drains.push(resolve));
    if (this.#reason?.error !== undefined) throw this.#reason.error;
  }

  taken = (message: Message): void => {
    if (message.qos > 0 && this.router.taken(message)) this.machine.acknowledge(message, this.now());
    this.adjust();
  };

  /** Reads while there is room, or while an answer is awaited that may stand behind what there is no room for. */
  adjust(): void {
    const paused = this.router.full && this.tickets.size === 0;
    if (paused !== this.#paused) {
      this.#paused = paused;
      if (paused) {
        this.machine.pause();
        this.#pipe.pause();
      } else {
        this.#pipe.resume();
        this.machine.resume(this.now());
      }
    }
    this.#arm();
  }

  // Of the pipe

  opened(): void {
    this.machine.connect(this.now());
    this.#arm();
  }

  received(chunk: Uint8Array): void {
    const { trace } = this.#options;
    if (trace !== undefined)
      for (const packet of this.#received.push(chunk)) trace.received(packet, wallClock());
    this.machine.receive(chunk, this.now());
    this.#arm();
  }

  drained(): void {
    const drains = this.#drains;
    this.#drains = [];
    for (const resolve of drains) resolve();
  }

  ended(error: MqttError | undefined): void {
    this.machine.ended(error, this.now());
  }

  // Of the machine

  send(bytes: Uint8Array): void {
    this.#pipe.write(bytes);
    this.#options.trace?.sent(bytes.slice(), wallClock());
  }

  close(): void {
    this.#pipe.end();
  }

  connected(negotiated: Negotiated): void {
    this.#settleReady?.resolve(negotiated);
    this.#settleReady = undefined;
  }

  message(message: Message): boolean {
    const taken = this.router.deliver(message);
    if (!taken) this.adjust();
    return taken;
  }

  settled(ticket: number, outcome: Outcome): void {
    this.tickets.settle(ticket, outcome);
    if (this.router.full) this.adjust();
  }

  authenticate({ properties }: AuthPacket): void {
    const { authenticate } = this.#options;
    if (authenticate === undefined) {
      const error = new MqttError(
        'no-authenticator',
        'the server sent AUTH and there is no `authenticate` to answer',
      );
      this.machine.abort('no-authenticator', error, this.now());
      return;
    }
    const { authenticationData } = properties;
    const own =
      authenticationData === undefined
        ? properties
        : { ...properties, authenticationData: authenticationData.slice() };
    this.#answer(authenticate, own).catch((cause: unknown) => {
      const error = new MqttError(
        'authentication-failed',
        `AUTH could not be answered: ${String(cause)}`,
        {},
        { cause },
      );
      this.machine.abort('authentication-failed', error, this.now());
      this.#arm();
    });
  }

  closed(reason: CloseReason): void {
    this.#reason = reason;
    clearTimeout(this.#timer);
    this.#wakeAt = Number.NEGATIVE_INFINITY;
    this.#pipe.destroy();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    const { trace } = this.#options;
    const rest = this.#received.rest();
    if (trace !== undefined && rest.length > 0) trace.received(rest, wallClock());
    const error = reason.error ?? new MqttError('disconnected', 'this client has disconnected');
    this.#settleReady?.reject(error);
    this.#settleReady = undefined;
    this.tickets.failAll(error);
    this.router.end(reason.error);
    this.drained();
    this.#settleEnded(reason);
  }

  async #answer(
    authenticate: NonNullable<ClientOptions['authenticate']>,
    challenge: PropertiesOf<'auth'>,
  ): Promise<void> {
    const answer = await authenticate(challenge);
    if (this.machine.phase.name === 'authenticating') this.machine.authenticate(answer, this.now());
  }

  #abort = (): void => {
    const { signal } = this.#options;
    if (signal === undefined) return;
    this.machine.abort('aborted', aborted(signal), this.now());
    this.#arm();
  };

  /** One timer, moved only when the machine wants to be woken earlier: mostly it is later, and then waking is free. */
  #arm(): void {
    const phase = this.machine.phase.name;
    if (phase === 'closed') return;
    const deadline = phase === 'idle' ? this.#openDeadline : this.machine.deadline();
    if (deadline >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = deadline;
    this.#timer = setTimeout(this.#wake, Math.max(0, deadline - this.now()) + 1);
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
