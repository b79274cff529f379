// @anax/client/browser: the pure machine, and the shell for browsers and workers around it.

export { MqttError } from '@anax/protocol';
export type {
  AuthAnswer,
  AuthChallenge,
  AuthEnd,
  Authenticator,
  AuthStart,
} from '../auth/authenticator.ts';
export type { FilterRequest } from '../checks.ts';
export {
  bytes,
  type Decode,
  type Encode,
  json,
  type PayloadCodec,
  text,
} from '../codecs.ts';
export type { CloseCode, CloseReason } from '../errors.ts';
export type { OutboxStore } from '../journal.ts';
export { Message } from '../message.ts';
export type { ClientLimits, Negotiated } from '../negotiated.ts';
export type { ConnectOptions, LocalLimits, Payload, WillOptions } from '../options.ts';
export type { DisconnectRequest } from '../phase.ts';
export type { ReconnectLimits } from '../reconnect.ts';
export type { BackOffLimits, ReconnectPolicy } from '../reconnect-policy.ts';
export type { OnMessage } from '../shell/callback.ts';
export {
  Client,
  type DecodeOption,
  type EncodeOption,
  type PublishOptions,
  type Responder,
  type SubscribeOptions,
  type UnsubscribeOptions,
} from '../shell/client.ts';
export type { Clock } from '../shell/clock.ts';
export type { ClientEvent, ClientEventMap, ClientEventName, ClientListener } from '../shell/events.ts';
export { open, type Watch } from '../shell/open.ts';
export type { ClientOptions, ReconnectOptions } from '../shell/options.ts';
export type { OutboxOptions, RestoredMessage } from '../shell/outbox-room.ts';
export type { BytePipe, Dialer, OpenPipe, PipeListener } from '../shell/pipe.ts';
export type { RequestOptions } from '../shell/request.ts';
export type { Handler, RespondOptions } from '../shell/respond.ts';
export { Subscription } from '../shell/subscription.ts';
export type { Trace } from '../shell/trace.ts';
export type { AuthenticationResult, FilterResult, FiltersResult, PublishResult } from '../sink.ts';
export { ConnectionRefusedError, RefusedError, UndecodableError } from '../typed-errors.ts';
export type { WaitingLimits } from '../waiting.ts';
export { type BrowserClientOptions, connect } from './connect.ts';
export type { PlatformWebSocket, WebSocketConstructor } from './platform.ts';
