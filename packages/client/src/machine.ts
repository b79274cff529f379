// One MQTT connection of a client, from CONNECT to its end, as a pure machine: bytes, commands and the time go in, calls
// of a `Sink` come out. Knows no socket, timer, clock or chance. What outlives the connection stands in the `Session`.

import {
  type ConnackPacket,
  type DisconnectPacket,
  type Fault,
  FROM_SERVER,
  MqttError,
  NO_PROPERTIES,
  type Packet,
  type PropertiesOf,
  Reason,
  type ReasonCode,
  reasonCodeAllowed,
  StreamDecoder,
} from '@anax/protocol';
import type { AuthAnswer } from './auth/authenticator.ts';
import { Turns } from './auth/turns.ts';
import { type FilterRequest, requireDisconnect, tooLarge } from './checks.ts';
import { Connection } from './connection.ts';
import {
  because,
  brokenBy,
  type CloseCode,
  type CloseReason,
  disconnectedBy,
  lostBy,
  lostWithSession,
  neverOver,
  silent,
  type Violation,
} from './errors.ts';
import { AUTHENTICATION } from './features.ts';
import { Handshake } from './handshake.ts';
import type { Message } from './message.ts';
import type { Negotiated } from './negotiated.ts';
import { type ConnectOptions, connectPacket, type LocalLimits, localLimits } from './options.ts';
import type { Outgoing } from './outgoing.ts';
import type { DisconnectRequest, Phase, PublishRequest } from './phase.ts';
import { certain, type Session } from './session.ts';
import type { Sink } from './sink.ts';
import type { ConnectionRefusedError } from './typed-errors.ts';
import { Wire } from './wire.ts';

export class Machine {
  readonly #session: Session;
  readonly #sink: Sink;
  readonly #limits: LocalLimits;
  readonly #handshake: Handshake;
  readonly #decoder: StreamDecoder;
  readonly #wire: Wire;
  readonly #turns: Turns;
  #phase: Phase = { name: 'idle' };
  #paused = false;
  #reading = false;

  /** @throws MqttError for options that cannot be said in their dialect. */
  constructor(options: ConnectOptions, session: Session, sink: Sink) {
    this.#session = session;
    this.#sink = sink;
    this.#limits = localLimits(options);
    const connect = connectPacket(certain(options, session), options.clientId ?? session.clientId);
    this.#handshake = new Handshake(connect, this.#limits.packetBytesMax);
    const { dialect } = connect;
    this.#turns = new Turns(connect.properties.authenticationMethod);
    const { maximumPacketSize } = this.#handshake.limits;
    this.#decoder = new StreamDecoder(FROM_SERVER, { dialect, maximumPacketSize }); // [5:MQTT-3.1.2-24]
    this.#wire = new Wire(dialect, sink, session.journal !== undefined);
    // An option that only the encoder can judge is refused now and not at the first byte.
    this.#wire.fits(connect);
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** The stream is open: sends CONNECT, the first packet. [5:MQTT-3.1.0-1] [3.1.1:MQTT-3.1.0-1] */
  connect(now: number): void {
    if (this.#phase.name !== 'idle') throw new MqttError('already-connected', 'a machine connects once');
    this.#phase = { name: 'connecting', deadline: now + this.#limits.connectTimeoutMs };
    const { connect } = this.#handshake;
    if (!connect.cleanStart) {
      this.#wire.send(connect, now);
      return;
    }
    this.#session.asksForNew();
    this.#wire.promise(connect, now);
  }

  /** Bytes of the server, in chunks of any size; a chunk must stay as it is until the machine is not paused. */
  receive(chunk: Uint8Array, now: number): void {
    if (this.#deaf()) return;
    if (this.#phase.name === 'connected') this.#phase.connection.keepAlive.alive(now);
    else this.#handshake.hear(chunk);
    this.#decoder.push(chunk);
    this.#read(now);
  }

  /** Stops reading: what has been decoded stands, the rest waits undecoded. The shell stops the stream. */
  pause(): void {
    this.#paused = true;
  }

  resume(now: number): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (!this.#deaf()) this.#read(now);
  }

  /** When `wake` wants to be called, in ms; Infinity for never. */
  deadline(): number {
    const phase = this.#phase;
    if ('deadline' in phase) return phase.deadline;
    if (phase.name !== 'connected') return Number.POSITIVE_INFINITY;
    return Math.min(phase.connection.keepAlive.deadline(this.#wire.lastSentAt), this.#turns.deadline);
  }

  /** Does what is due. Calling it early or late is harmless. */
  wake(now: number): void {
    const phase = this.#phase;
    const { connectTimeoutMs } = this.#limits;
    if (phase.name === 'connected') {
      if (now < this.#turns.deadline) this.#keepAlive(phase.connection, now);
      else this.failAuthentication('authentication-failed', neverOver(connectTimeoutMs), now);
    } else if ('deadline' in phase && now >= phase.deadline) {
      if (phase.name === 'closing') this.#closed(phase.reason);
      else this.#giveUp('connect-timeout', 'no CONNACK came', connectTimeoutMs, now);
    }
  }

  /**
   * Sends a message, or lets it wait while the server's Receive Maximum is used up or the stream takes no bytes;
   * `settled(ticket)` tells the rest. @throws MqttError where it is refused here: nothing is settled then.
   */
  publish(request: PublishRequest, ticket: number, now: number): Outgoing {
    const { publisher } = this.#connected();
    const owed = this.#session.message(request, ticket, now);
    publisher.publish(owed, now);
    return owed;
  }

  /** The stream takes bytes again. */
  drained(now: number): void {
    if (this.#phase.name === 'connected') this.#phase.connection.publisher.flush(now);
  }

  /** @throws MqttError where it is refused here. */
  subscribe(
    filters: readonly FilterRequest[],
    properties: PropertiesOf<'subscribe'>,
    ticket: number,
    now: number,
  ): void {
    this.#connected().requests.subscribe(filters, properties, ticket, now);
  }

  /** @throws MqttError where it is refused here. */
  unsubscribe(
    filters: readonly string[],
    properties: PropertiesOf<'unsubscribe'>,
    ticket: number,
    now: number,
  ): void {
    this.#connected().requests.unsubscribe(filters, properties, ticket, now);
  }

  /** For a message to which the sink answered false; of another connection, the session remembers it at QoS 2. */
  acknowledge(message: Message, now: number, reasonCode: ReasonCode = Reason.success): void {
    const phase = this.#phase;
    if (phase.name !== 'connected') this.#session.taken(message, reasonCode);
    else phase.connection.receiver.acknowledge(message, reasonCode, now);
  }

  /** Answers the server's AUTH. [5:MQTT-3.15.2-1] [5:MQTT-4.12.0-3] [5:MQTT-4.12.0-7] @throws MqttError */
  authenticate(answer: AuthAnswer, now: number): void {
    const phase = this.#phase;
    if (!this.#turns.awaitsClient || (phase.name !== 'authenticating' && phase.name !== 'connected')) {
      throw new MqttError('not-authenticating', 'the server did not ask');
    }
    this.#turns.answered();
    if (phase.name === 'authenticating') this.#phase = { name: 'connecting', deadline: phase.deadline };
    this.#sendAuth(Reason.continueAuthentication, answer, now);
  }

  /** The server is content, and so is this end: the connection, or the next part of it, begins. */
  verified(now: number): void {
    const phase = this.#phase;
    if (phase.name !== 'verifying' && !(phase.name === 'connected' && this.#turns.awaitsClient)) return;
    this.#turns.over();
    if (phase.name !== 'verifying') return;
    this.#accept(phase.negotiated, phase.connack, now);
    this.#read(now);
  }

  /** Begins a re-authentication; all else goes on meanwhile. [5:MQTT-4.12.1-1] @throws MqttError */
  reauthenticate(start: AuthAnswer, now: number): void {
    this.#connected();
    this.#turns.requireIdle();
    this.#sendAuth(Reason.reAuthenticate, start, now);
    this.#turns.begin(now + this.#limits.connectTimeoutMs);
  }

  /** This end cannot go on, or is not content: the connection ends. [5:MQTT-4.12.1-2] */
  failAuthentication(code: CloseCode, error: MqttError, now: number): void {
    const reasonCode = Reason.unspecifiedError;
    const packet: DisconnectPacket = { type: 'disconnect', reasonCode, properties: NO_PROPERTIES };
    this.#end(because(code, error), packet, now);
  }

  /** Ends the connection in order. @throws MqttError for what this dialect or session cannot say. */
  disconnect(request: DisconnectRequest, now: number): void {
    const phase = this.#phase;
    if (phase.name === 'closing' || phase.name === 'closed') return;
    const { reasonCode = Reason.success, properties = NO_PROPERTIES } = request;
    const reason = because('disconnected', undefined, reasonCode);
    if (phase.name !== 'connected') {
      this.#end(reason, undefined, now);
      return;
    }
    const packet: DisconnectPacket = { type: 'disconnect', reasonCode, properties };
    requireDisconnect(packet, this.#handshake.connect);
    // What says nothing may be left out.
    const says = reasonCode !== Reason.success || properties !== NO_PROPERTIES;
    if (says && !this.#wire.fits(packet)) throw tooLarge(this.#wire.maximumPacketSize);
    this.#end(reason, packet, now);
  }

  /** Ends the connection for a reason of the shell's, before or without an MQTT reason. */
  abort(code: CloseCode, error: MqttError, now: number): void {
    this.#end(because(code, error), undefined, now);
  }

  /** The stream is over, by whose doing soever. */
  ended(error: MqttError | undefined, now: number): void {
    const phase = this.#phase;
    if (phase.name === 'closed') return;
    if (phase.name === 'closing') {
      this.#closed(phase.reason);
      return;
    }
    this.#end(lostBy(error, phase.name), undefined, now);
    this.ended(undefined, now);
  }

  #read(now: number): void {
    // A sink that resumes from within a call lets the loop below go on; it must not begin a second one.
    if (this.#reading) return;
    this.#reading = true;
    while (!this.#paused && !this.#deaf() && this.#phase.name !== 'verifying') {
      const packet = this.#decoder.next();
      if (packet === undefined) break;
      const broken = packet.type === 'fault' ? this.#faulty(packet, now) : this.#handle(packet, now);
      if (broken !== undefined) this.#refuse(broken, now); // [3.1.1:MQTT-2.2.2-2]
    }
    this.#reading = false;
  }

  #handle(packet: Packet, now: number): Violation | undefined {
    const phase = this.#phase;
    if (phase.name !== 'connected') return this.#handleConnecting(packet, now);
    if (packet.type !== 'disconnect') return phase.connection.handle(packet, now);
    const { reasonCode, properties } = packet;
    const error = disconnectedBy(packet);
    this.#end({ code: 'server-disconnected', reasonCode, properties, error }, undefined, now);
    return undefined;
  }

  #handleConnecting(packet: Packet, now: number): Violation | undefined {
    if (packet.type === 'connack') return this.#connack(packet, now);
    if (!AUTHENTICATION || packet.type !== 'auth') return this.#handshake.tooEarly(packet);
    const step = this.#turns.heard(packet);
    if (step.type === 'problem') return step;
    const { deadline } = this.#phase as { readonly deadline: number };
    this.#phase = { name: 'authenticating', deadline };
    this.#sink.authenticate(step);
    return undefined;
  }

  #connack(packet: ConnackPacket, now: number): Violation | undefined {
    const answer = this.#handshake.connack(packet, this.#turns.awaitsClient);
    if (answer.type === 'violation') return answer.violation;
    if (answer.type === 'refused') return this.#refused(answer.error, now);
    const { negotiated } = answer;
    if (!AUTHENTICATION || this.#turns.method === undefined) {
      this.#turns.over();
      this.#accept(negotiated, packet, now);
      return undefined;
    }
    const { deadline } = this.#phase as { readonly deadline: number };
    this.#phase = { name: 'verifying', deadline, negotiated, connack: packet };
    this.#sink.authenticate({ type: 'end', properties: packet.properties });
    return undefined;
  }

  #refused(error: ConnectionRefusedError, now: number): undefined {
    this.#end(because('connection-refused', error, error.reasonCode), undefined, now);
  }

  #faulty(fault: Fault, now: number): Fault | undefined {
    const older = this.#phase.name === 'connecting' ? this.#handshake.olderRefusal() : undefined;
    return older === undefined ? fault : this.#refused(older, now);
  }

  #accept(negotiated: Negotiated, connack: ConnackPacket, now: number): void {
    this.#wire.maximumPacketSize = negotiated.maximumPacketSize;
    this.#session.clientId = negotiated.clientId;
    const lost = this.#session.begin(this.#handshake.connect, connack);
    const parts = { session: this.#session, wire: this.#wire, limits: this.#limits };
    const connection = new Connection({ ...parts, negotiated, turns: this.#turns, sink: this.#sink });
    this.#phase = { name: 'connected', connection };
    for (const { ticket } of lost) this.#sink.settled(ticket, { type: 'failed', error: lostWithSession() });
    this.#sink.connected(negotiated);
    connection.publisher.resume(now);
  }

  #sendAuth(reasonCode: ReasonCode, answer: AuthAnswer, now: number): void {
    const authenticationMethod = this.#turns.method ?? '';
    const properties = { authenticationMethod, ...answer };
    if (this.#wire.send({ type: 'auth', reasonCode, properties }, now)) return;
    throw tooLarge(this.#wire.maximumPacketSize);
  }

  /** The server broke the standard: DISCONNECT says how, where it can. [5:MQTT-4.13.2-1] [3.1.1:MQTT-4.8.0-1] */
  #refuse(broken: Fault | Violation, now: number): void {
    const { reasonCode } = broken;
    const sayable = reasonCodeAllowed(reasonCode, 'disconnect', 'client')
      ? reasonCode
      : Reason.unspecifiedError;
    const packet: DisconnectPacket = { type: 'disconnect', reasonCode: sayable, properties: NO_PROPERTIES };
    // In 3.x DISCONNECT means a normal end, which drops the will: closing says that it was none.
    const said = this.#wire.dialect.reasonCodes ? packet : undefined;
    this.#end(because('protocol-violation', brokenBy(broken), reasonCode), said, now);
  }

  #keepAlive({ keepAlive }: Connection, now: number): void {
    const step = keepAlive.step(now, this.#wire.lastSentAt, this.#paused);
    if (step === 'ping') {
      this.#wire.send({ type: 'pingreq' }, now);
      this.#wire.lastSentAt = now;
      keepAlive.pinged(now);
    } else if (step === 'give-up') {
      this.#giveUp('keep-alive-timeout', 'no PINGRESP came', this.#limits.pingTimeoutMs, now);
    }
  }

  #giveUp(code: CloseCode, what: string, afterMs: number, now: number): void {
    this.#end(because(code, silent(code, what, afterMs)), undefined, now);
  }

  #end(reason: CloseReason, packet: DisconnectPacket | undefined, now: number): void {
    const phase = this.#phase;
    if (phase.name === 'closing' || phase.name === 'closed') return;
    if (packet !== undefined && phase.name === 'connected') this.#wire.send(packet, now);
    this.#wire.shut();
    this.#phase = { name: 'closing', deadline: now + this.#limits.closeTimeoutMs, reason };
    this.#sink.close(); // [5:MQTT-3.14.4-2] [3.1.1:MQTT-3.14.4-1]
    if (phase.name !== 'connected') return;
    phase.connection.requests.fail(
      reason.error ?? new MqttError('disconnected', 'this client has disconnected'),
    );
  }

  #closed(reason: CloseReason): void {
    this.#phase = { name: 'closed', reason };
    this.#sink.closed(reason);
  }

  /** Before CONNACK nothing goes out but AUTH. [5:MQTT-3.1.2-30] */
  #connected(): Connection {
    if (this.#phase.name === 'connected') return this.#phase.connection;
    throw new MqttError('not-connected', 'there is no connection');
  }

  #deaf(): boolean {
    return this.#phase.name === 'closing' || this.#phase.name === 'closed' || this.#phase.name === 'idle';
  }
}
