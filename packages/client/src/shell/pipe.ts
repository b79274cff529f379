// The seam between the shell and a transport: bytes both ways, and no MQTT. TCP is one; TLS and WebSocket are others.

import type { MqttError } from '@anax/protocol';

export interface BytePipe {
  /** Takes a copy; bytes of one turn of the event loop may travel together. */
  write(bytes: Uint8Array): void;
  /** Sends what was written, then ends; what still comes in is thrown away. */
  end(): void;
  /** Ends at once, without a word to the listener. */
  destroy(): void;
  pause(): void;
  resume(): void;
  /** More was written than the peer takes: `drained` will be called. */
  readonly congested: boolean;
  readonly bufferedBytes: number;
}

export interface PipeListener {
  opened(): void;
  /** The chunk is the listener's to keep. */
  received(chunk: Uint8Array): void;
  drained(): void;
  /** Once, with the error that ended it, if one did. */
  ended(error: MqttError | undefined): void;
}

export type OpenPipe = (listener: PipeListener) => BytePipe;

/**
 * Where a server can be reached now, in the order in which the addresses are tried; one at least.
 * @param server a Server Reference of MQTT 5.0 to follow; undefined for the server that the application named.
 * @throws MqttError `host-not-found`, or what is wrong with the reference.
 */
export type Dialer = (server: string | undefined) => Promise<readonly OpenPipe[]>;
