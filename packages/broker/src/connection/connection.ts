// One socket's life: awaiting-connect, authenticating, open, closed. Bytes and time come in, packets go out through the
// wire; it knows no socket and no clock. Owns the order of a connection, not what the packets do: that is `inbound/`.

import {
  type ConnectPacket,
  Decoder,
  type Fault,
  type Packet,
  Reason,
  type ReasonCode,
} from '@anax/protocol';
import type { Place } from '../abuse/addresses.ts';
import { paceOf } from '../abuse/pace.ts';
import type { Acceptance, Credentials, PeerFacts, Refusal } from '../access/access.ts';
import type { Client } from '../access/authorizer.ts';
import { type Login, permissionsOf } from '../access/login.ts';
import type { ClientDisconnected } from '../hub/events.ts';
import type { Wire } from '../hub/link.ts';
import type { Ending } from '../hub/opening.ts';
import { type Judgement, NO_RIGHTS } from '../hub/rights.ts';
import type { Session } from '../hub/session.ts';
import { earlyRefusal } from './admit.ts';
import { Authentication } from './authentication.ts';
import type { Context } from './context.ts';
import { handle } from './handle.ts';
import type { Open } from './open.ts';
import { disconnectPacket, sentence } from './refusal.ts';
import { Silence } from './silence.ts';
import { Slowdown } from './slowdown.ts';
import { Voice } from './voice.ts';
import { welcome } from './welcome.ts';

type State =
  | { readonly phase: 'awaiting-connect' }
  | {
      readonly phase: 'authenticating';
      readonly connect: ConnectPacket;
      readonly authentication: Authentication;
    }
  | { readonly phase: 'open'; readonly open: Open }
  | { readonly phase: 'closed' };

const AWAITING: State = { phase: 'awaiting-connect' };
const CLOSED: State = { phase: 'closed' };
const NOT_ANY_MORE: Refusal = {
  reasonCode: Reason.notAuthorized,
  text: 'this client is not let in any more',
};

export class Connection {
  readonly #context: Context;
  readonly #wire: Wire;
  readonly #peer: PeerFacts;
  readonly #voice: Voice;
  readonly #decoder: Decoder;
  readonly #silence: Silence;
  /** Where it counts against the limits on addresses. */
  readonly #place: Place | undefined;
  /** Undefined where the rates of clients have no limit. */
  #slowdown: Slowdown | undefined;
  #state: State = AWAITING;

  constructor(context: Context, wire: Wire, peer: PeerFacts, now: number) {
    this.#context = context;
    this.#wire = wire;
    this.#peer = peer;
    this.#voice = new Voice(context, wire);
    this.#decoder = new Decoder({
      sender: 'client',
      maximumPacketSize: context.limits.connectPacketBytesMax,
      limits: context.limits,
    });
    this.#place = context.guard.arrive(wire.address, now);
    context.hub.counters.connectionsAccepted += 1;
    const { connectTimeoutMs } = context.limits;
    this.#silence = new Silence(context.hub.wheel, connectTimeoutMs, (at) => this.#overdue(at), now);
  }

  get phase(): State['phase'] {
    return this.#state.phase;
  }

  /** Who is connected; undefined while nobody is. */
  get client(): Client | undefined {
    const state = this.#state;
    if (state.phase !== 'open') return undefined;
    const { clientId, owner } = state.open.session;
    return { clientId, userName: owner, address: this.#wire.address };
  }

  get context(): Context {
    return this.#context;
  }

  /** Undefined while nobody was let in. */
  get session(): Session | undefined {
    return this.#state.phase === 'open' ? this.#state.open.session : undefined;
  }

  /** Bytes of a packet that is not complete. */
  get keptBytes(): number {
    return this.#decoder.keptBytes;
  }

  /** Bytes have come; they stay as they are until this returns. */
  receive(chunk: Uint8Array, now: number): void {
    const state = this.#state;
    if (state.phase === 'closed') return;
    if (state.phase === 'awaiting-connect' && this.#decoder.keptBytes === 0)
      this.#voice.recognise(chunk, now);
    // Before the connection is open its bytes may be looked at later: password, will, what is sent behind CONNECT.
    // Of a client whose rate is limited, too.
    const isReadAtOnce = state.phase === 'open' && this.#slowdown === undefined;
    this.#decoder.push(isReadAtOnce ? chunk : new Uint8Array(chunk));
    this.#slowdown?.arrived(chunk.length, now);
    this.#read(now);
  }

  /** The socket takes bytes again. */
  drained(now: number): void {
    if (this.#state.phase === 'open') this.#context.hub.pump(this.#state.open.session, now);
  }

  /** The socket is gone, whoever closed it. */
  lost(now: number): void {
    this.#finish('abnormal', 'the network connection was closed', now);
  }

  /**
   * Ends it from the server's side, for example because the server stops: DISCONNECT only after CONNACK.
   * [5:MQTT-3.14.0-1]
   */
  end(reasonCode: ReasonCode, text: string, now: number): void {
    const state = this.#state;
    if (state.phase === 'open') this.#disconnect(state.open, reasonCode, text, now);
    else this.#refuse({ reasonCode, text }, now);
  }

  /** The settings have changed: may this client stay, and with which rights? Undefined leaves it as it is. */
  judgement(): Judgement | undefined {
    const state = this.#state;
    if (state.phase !== 'open') return undefined;
    const { session, voucher } = state.open;
    if (!this.#isVouchedFor(voucher)) return { rights: NO_RIGHTS, end: NOT_ANY_MORE };
    return { rights: permissionsOf(session.login as Login, this.#context) };
  }

  /** What nobody can take back stays. */
  #isVouchedFor(voucher: string | undefined): boolean {
    return voucher === undefined || this.#context.vouches(voucher, this.#peer) === true;
  }

  #read(now: number): void {
    const { journal } = this.#context.hub;
    const { changes } = journal;
    while (this.#readOne(now));
    if (this.phase === 'closed') return;
    journal.throttle(this.#wire, changes);
    this.#slowdown?.settle(now);
  }

  /** False where there is nothing more to read now. */
  #readOne(now: number): boolean {
    const state = this.#state;
    // What was sent behind a CONNECT that is refused is not looked at. [5:MQTT-3.1.4-6] [3.1.1:MQTT-3.1.4-5]
    if (state.phase === 'closed' || (state.phase === 'authenticating' && state.authentication.busy))
      return false;
    if (this.#slowdown?.holdsPackets(now)) return false;
    const packet = this.#decoder.next();
    if (packet === undefined) return false;
    this.#silence.lastReceivedAt = now;
    this.#context.hub.journal.begin();
    this.#wire.counters.packetsReceived += packet.type === 'fault' ? 0 : 1;
    if (packet.type === 'fault') this.#fault(packet, now);
    else if (state.phase === 'open') handle(state.open, packet, now);
    else if (state.phase === 'authenticating') this.#authenticationPacket(state, packet, now);
    else this.#connect(packet as ConnectPacket, now);
    if (packet.type === 'fault') return false;
    this.#slowdown?.handled(packet.type, now);
    return true;
  }

  #connect(connect: ConnectPacket, now: number): void {
    const context = this.#context;
    context.hub.counters.connectsReceived += 1;
    const credentials = this.#credentials(connect);
    const refused = earlyRefusal(connect, credentials, context, now);
    if (refused !== undefined) return this.#refuse(refused, now, connect);
    const { authenticationMethod, authenticationData, maximumPacketSize } = connect.properties;
    const authentication = new Authentication(context, this.#wire, credentials, authenticationMethod, {
      accepted: (accepted, data, at) => this.#accepted(connect, accepted, data, at),
      refused: (refusal, at) => this.#notAuthenticated(connect, refusal, at),
      continue: (packet) => {
        if (this.#state.phase === 'closed') return;
        if (this.#voice.send(packet, connect.dialect, maximumPacketSize)) return;
        // The client would wait for what it never gets. [5:MQTT-3.1.2-24]
        const text = 'the AUTH of this exchange is larger than it may be';
        this.#refuse({ reasonCode: Reason.packetTooLarge, text }, this.#silence.lastReceivedAt);
      },
      resumed: (at) => this.#read(at),
    });
    this.#state = { phase: 'authenticating', connect, authentication };
    authentication.begin(authenticationData, now);
  }

  #notAuthenticated(connect: ConnectPacket, refusal: Refusal, now: number): void {
    const credentials = this.#credentials(connect);
    const { authenticationMethod } = connect.properties;
    this.#context.guard.notAuthenticated(credentials, authenticationMethod, refusal.reasonCode, now);
    this.#refuse(refusal, now);
  }

  #credentials({ clientId, userName, password, dialect }: ConnectPacket): Credentials {
    const { listener } = this.#context;
    return { ...this.#peer, listener, clientId, userName, password, address: this.#wire.address, dialect };
  }

  #authenticationPacket(state: State & { phase: 'authenticating' }, packet: Packet, now: number): void {
    if (packet.type === 'auth' && packet.reasonCode === Reason.continueAuthentication) {
      return state.authentication.step(packet, now);
    }
    if (packet.type === 'disconnect') return this.#finish('normal', 'the client gave up authenticating', now);
    const text = `${packet.type.toUpperCase()} before the authentication was over`;
    this.#refuse({ reasonCode: Reason.protocolError, text }, now);
  }

  #accepted(connect: ConnectPacket, accepted: Acceptance, data: Uint8Array | undefined, now: number): void {
    if (this.#state.phase !== 'authenticating') return;
    // The settings may have changed while somebody was asked.
    if (!this.#isVouchedFor(accepted.voucher)) return this.#refuse(NOT_ANY_MORE, now);
    const refused = welcome(
      {
        context: this.#context,
        wire: this.#wire,
        credentials: this.#credentials(connect),
        opened: (open) => this.#opened(open, now),
        note: (event, text, facts) => this.#voice.note(event, text, facts),
        end: (reasonCode, text, at) => this.end(reasonCode, text, at),
        refuse: (reasonCode, message, clause, at) => this.#clientError(reasonCode, message, clause, at),
        leave: (ending, reasonCode) => this.#left(ending, reasonCode),
      },
      connect,
      accepted,
      data,
      now,
    );
    if (refused !== undefined) this.#refuse(refused, now);
  }

  #opened(open: Open, now: number): void {
    const context = this.#context;
    this.#decoder.maximumPacketSize = open.limits.maximumPacketSize;
    this.#state = { phase: 'open', open };
    const { clients, guests, guard, hub } = context;
    guard.know(this.#place);
    this.#slowdown = this.#slowdownOf(open.session.clientId, now);
    clients.connected += 1;
    guests.come(open.session.clientId);
    hub.counters.clientsMaximum = Math.max(hub.counters.clientsMaximum, clients.connected);
    this.#silence.allow(open.negotiated.keepAlive, now);
  }

  /** Undefined where there is no limit: then nothing is counted, and nothing copied. */
  #slowdownOf(clientId: string, now: number): Slowdown | undefined {
    const { guard, hub } = this.#context;
    const pace = paceOf(guard.limits, now);
    if (pace === undefined) return undefined;
    return new Slowdown(pace, hub, this.#wire, {
      goOn: (at) => this.#read(at),
      began: (text, at) => this.#voice.noteAgainst('client-slowed', text, { clientId }, at),
      ended: (at) => {
        this.#silence.lastReceivedAt = at;
      },
      over: (reasonCode, text, at) => this.#clientError(reasonCode, text, '[5:3.14.2.1]', at),
    });
  }

  #overdue(now: number): void {
    const { hub, limits } = this.#context;
    const state = this.#state;
    if (state.phase === 'open') {
      // It is we who do not listen.
      if (hub.journal.isThrottled(this.#wire) || this.#slowdown?.isSlow) {
        return this.#silence.allow(state.open.negotiated.keepAlive, now);
      }
      hub.counters.keepAliveTimeouts += 1;
      const text = `no packet came for ${(now - this.#silence.lastReceivedAt) / 1000} s`;
      return this.#disconnect(state.open, Reason.keepAliveTimeout, text, now);
    }
    hub.counters.connectTimeouts += 1;
    const text = `no connection was made within ${limits.connectTimeoutMs} ms`;
    if (state.phase === 'awaiting-connect') return this.#finish('abnormal', text, now); // [5:3.1.4] [3.1.1:3.1.4]
    this.#refuse({ reasonCode: Reason.unspecifiedError, text }, now);
  }

  /** Bytes that are no MQTT, or break its rules. [5:MQTT-3.1.4-1] [5:MQTT-3.14.0-1] [3.1.1:MQTT-4.8.0-1] */
  #fault(fault: Fault, now: number): void {
    this.#voice.fault(fault, this.client?.clientId, now);
    const state = this.#state;
    if (state.phase === 'open') return this.#disconnect(state.open, fault.reasonCode, fault.message, now);
    if (this.#decoder.dialect === undefined) return this.#finish('abnormal', fault.message, now);
    this.#refuse({ reasonCode: fault.reasonCode, text: fault.message }, now);
  }

  /** Well-formed, but not allowed here and now. */
  #clientError(
    reasonCode: ReasonCode,
    message: string,
    clause: string,
    now: number = this.#silence.lastReceivedAt,
  ): void {
    const state = this.#state;
    if (state.phase !== 'open') return;
    this.#voice.fault({ reasonCode, message, clause }, state.open.session.clientId, now);
    this.#disconnect(state.open, reasonCode, message, now);
  }

  /** The CONNECT that is being looked at. */
  get #connecting(): ConnectPacket | undefined {
    return this.#state.phase === 'authenticating' ? this.#state.connect : undefined;
  }

  /**
   * Refuses a CONNECT: a CONNACK where the dialect has a word for it, then the close.
   * [5:MQTT-3.1.4-1] [5:MQTT-3.1.4-2] [5:MQTT-3.2.2-7] [5:MQTT-4.12.0-4] [5:MQTT-4.13.2-1] [3.1.1:MQTT-3.2.2-5]
   */
  #refuse(refusal: Refusal, now: number, connect = this.#connecting): void {
    if (this.#state.phase === 'closed') return;
    this.#voice.refuse(refusal, this.#decoder.dialect, connect, now);
    this.#finish('abnormal', refusal.text, now);
  }

  /**
   * DISCONNECT with the reason where the dialect has it, then the close.
   * [5:MQTT-3.14.4-1] [5:MQTT-3.14.4-2] [5:MQTT-4.13.1-1] [5:MQTT-4.13.2-1] [3.1.1:MQTT-4.8.0-1]
   */
  #disconnect(open: Open, reasonCode: ReasonCode, text: string, now: number): void {
    const { link, negotiated } = open;
    if (link.dialect.serverDisconnect) {
      link.send(disconnectPacket(reasonCode, text, negotiated.problemInformation));
    }
    this.#finish('abnormal', text, now, reasonCode, 'server');
  }

  #left(ending: Ending, reasonCode: ReasonCode): void {
    this.#finish(ending, 'the client disconnected', this.#silence.lastReceivedAt, reasonCode, 'client');
  }

  /** The one way out: timers, session, counters, socket. */
  #finish(
    ending: Ending,
    text: string,
    now: number,
    reasonCode?: ReasonCode,
    by: ClientDisconnected['by'] = 'network',
  ): void {
    const state = this.#state;
    if (state.phase === 'closed') return;
    this.#state = CLOSED;
    const context = this.#context;
    this.#silence.stop();
    this.#slowdown?.stop();
    context.hub.journal.forget(this.#wire);
    context.guard.leave(this.#place, state.phase === 'open');
    this.#wire.close();
    if (state.phase !== 'open') return this.#voice.noteAgainst('connection-closed', text, {}, now);
    const { session, link, expiry } = state.open;
    expiry.stop();
    context.clients.connected -= 1;
    const { clientId } = session;
    context.guests.go(clientId);
    this.#voice.note('client-disconnected', text, { clientId, reasonCode });
    const { address } = this.#wire;
    const { events } = context.hub;
    events['client-disconnected']?.({ clientId, address, by, reasonCode, text: sentence(text) });
    context.hub.close(session, link, ending, now);
  }
}
