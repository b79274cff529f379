// @anax/client: the pure machine, and the shell for Node around it.

export type {
  AuthAnswer,
  AuthChallenge,
  AuthEnd,
  Authenticator,
  AuthStart,
  AuthStep,
} from './auth/authenticator.ts';
export type { FilterRequest } from './checks.ts';
export {
  bytes,
  type Decode,
  type Encode,
  json,
  type PayloadCodec,
  text,
} from './codecs.ts';
export type { CloseCode, CloseReason } from './errors.ts';
export type { OutboxStore } from './journal.ts';
export { Machine } from './machine.ts';
export { Message } from './message.ts';
export type { ClientLimits, Negotiated } from './negotiated.ts';
export { connect, type NodeClientOptions } from './node/connect.ts';
export {
  type HostTarget,
  isUnix,
  type Target,
  type TcpTarget,
  type TlsOptions,
  type TlsTarget,
  targetText,
  type UnixTarget,
  type WebSocketTarget,
} from './node/target.ts';
export { tcp } from './node/tcp.ts';
export { type Address, parseAddress } from './node/url.ts';
export {
  type ConnectOptions,
  KEEP_ALIVE_DEFAULT_SECONDS,
  LOCAL_LIMITS,
  type LocalLimits,
  type Payload,
  type WillOptions,
} from './options.ts';
export type { Outgoing } from './outgoing.ts';
export type { DisconnectRequest, Phase, PublishRequest } from './phase.ts';
export {
  type Next,
  type Place,
  RECONNECT_LIMITS,
  Reconnect,
  type ReconnectLimits,
  reconnectLimits,
} from './reconnect.ts';
export { type BackOffLimits, backOff, type ReconnectPolicy, retryable } from './reconnect-policy.ts';
export { Session } from './session.ts';
export type { OnMessage } from './shell/callback.ts';
export {
  Client,
  type DecodeOption,
  type EncodeOption,
  type PublishOptions,
  type Responder,
  type SubscribeOptions,
  type UnsubscribeOptions,
} from './shell/client.ts';
export type { Clock } from './shell/clock.ts';
export {
  ClientEvent,
  type ClientEventMap,
  type ClientEventName,
  type ClientListener,
} from './shell/events.ts';
export { open, type Watch } from './shell/open.ts';
export type { ClientOptions, ReconnectOptions } from './shell/options.ts';
export type { OutboxOptions, RestoredMessage } from './shell/outbox-room.ts';
export type { BytePipe, Dialer, OpenPipe, PipeListener } from './shell/pipe.ts';
export type { RequestOptions } from './shell/request.ts';
export type { Handler, RespondOptions } from './shell/respond.ts';
export { Subscription } from './shell/subscription.ts';
export { PacketSplitter, type Trace } from './shell/trace.ts';
export type {
  AuthenticationResult,
  FilterResult,
  FiltersResult,
  Outcome,
  PublishResult,
  Sink,
} from './sink.ts';
export { ConnectionRefusedError, RefusedError, UndecodableError } from './typed-errors.ts';
export { WAITING_LIMITS, Waiting, type WaitingLimits } from './waiting.ts';
