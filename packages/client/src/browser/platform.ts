// What is used of the platform: what browsers, their workers, Deno, Bun and Node from 22 on have. Declared here and not
// taken from the types of the DOM, of which a worker has a part and others have none.

export interface PlatformEvents {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: (() => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
}

/** A WebSocket as the WHATWG has it. */
export interface PlatformWebSocket extends PlatformEvents {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** Takes a copy. */
  send(bytes: Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => PlatformWebSocket;

interface Port {
  onmessage: (() => void) | null;
  postMessage(message: null): void;
  close(): void;
}

/** Pages and workers are told when the network is back. */
type Listen = (type: 'online', listener: () => void) => void;

interface Global {
  readonly addEventListener?: Listen;
  readonly removeEventListener?: Listen;
  readonly WebSocket?: WebSocketConstructor;
  readonly MessageChannel: new () => { readonly port1: Port; readonly port2: Port };
  readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array };
  /** Of the page or the worker; nothing where there is none. */
  readonly origin?: string;
}

export const platform = globalThis as unknown as Global;
