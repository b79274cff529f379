// What a client tells whoever listens, through one typed interface of the form of an EventTarget. Decides nothing.

import type { MqttError } from '@anax/protocol';
import type { CloseReason } from '../errors.ts';
import type { Negotiated } from '../negotiated.ts';

export interface ClientEventMap {
  /** The server has accepted a connection; what the application is subscribed to has been asked for again. */
  readonly connected: { readonly negotiated: Negotiated };
  /** A connection has ended that the server had accepted. `reconnecting` or `closed` follows. */
  readonly disconnected: { readonly reason: CloseReason };
  /** The next attempt is made in `delayMs`; `error` is why the connection or the attempt before has ended. */
  readonly reconnecting: {
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: MqttError | undefined;
    /** The Server Reference that is followed. */
    readonly server: string | undefined;
  };
  /** The client has ended: nothing follows. */
  readonly closed: { readonly reason: CloseReason };
  /**
   * What no promise tells: the client has ended for this, a subscription could not be renewed, a payload not decoded
   * (`UndecodableError`), or a request not answered.
   */
  readonly error: { readonly error: MqttError };
}

export type ClientEventName = keyof ClientEventMap;

export class ClientEvent<Name extends ClientEventName> extends Event {
  readonly detail: ClientEventMap[Name];

  constructor(type: Name, detail: ClientEventMap[Name]) {
    super(type);
    this.detail = detail;
  }
}

export type ClientListener<Name extends ClientEventName> = (event: ClientEvent<Name>) => void;

export interface ListenOptions {
  readonly once?: boolean;
  /** Takes the listener away. */
  readonly signal?: AbortSignal;
}

export class Events {
  readonly #target = new EventTarget();

  add<Name extends ClientEventName>(
    type: Name,
    listener: ClientListener<Name>,
    options?: ListenOptions,
  ): void {
    this.#target.addEventListener(type, listener as never, options);
  }

  remove<Name extends ClientEventName>(type: Name, listener: ClientListener<Name>): void {
    this.#target.removeEventListener(type, listener as never);
  }

  tell<Name extends ClientEventName>(type: Name, detail: ClientEventMap[Name]): void {
    this.#target.dispatchEvent(new ClientEvent(type, detail));
  }
}
