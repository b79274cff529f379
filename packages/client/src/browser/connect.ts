// The entrance for browsers, their workers, and whatever else has a global WebSocket.

import { needsClientId } from '../dialect-choice.ts';
import { OLDER_DIALECTS } from '../features.ts';
import type { Client } from '../shell/client.ts';
import { SYSTEM_CLOCK } from '../shell/clock.ts';
import { open } from '../shell/open.ts';
import type { ClientOptions } from '../shell/options.ts';
import { parseAddress } from './address.ts';
import { dialer } from './dial.ts';
import { platform, type WebSocketConstructor } from './platform.ts';

export interface BrowserClientOptions extends ClientOptions {
  /**
   * Bytes that are kept while the application does not take messages: a browser goes on reading. With more the connection
   * ends with `receive-buffer-full`, and is made again. Default 16 MiB; `properties.receiveMaximum` keeps a server from
   * getting there with messages above QoS 0.
   */
  readonly receiveBufferBytesMax?: number;
  /** Instead of the platform's. */
  readonly WebSocket?: WebSocketConstructor;
}

/**
 * A page that nobody looks at has its timers once a minute: with Keep Alive 60 s, a timer of 60 s can come at 120 s, when
 * the server has closed; one of 45 s comes at 60 s.
 */
const PING_AFTER_PART = 0.75;
const RECEIVE_BUFFER_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Opens `ws://host/path` or `wss://host/path` (without a path: `/mqtt`) and resolves when the server has accepted the
 * connection. One that is lost later is made again, unless `reconnect` is false.
 * @throws ConnectionRefusedError where CONNACK says no; MqttError for everything else, with a `code` of `CloseCode`, or
 * one that says what is wrong with the options.
 */
export async function connect(
  to: string | URL,
  { receiveBufferBytesMax = RECEIVE_BUFFER_BYTES_MAX, WebSocket, ...options }: BrowserClientOptions = {},
): Promise<Client> {
  const { url, userName, password } = parseAddress(to);
  const { clock = SYSTEM_CLOCK } = options;
  const said = {
    ...(userName === undefined ? {} : { userName }),
    ...(password === undefined ? {} : { password }),
    pingAfterPart: PING_AFTER_PART,
    ...clientIdWhereNeeded(options),
    ...options,
  };
  return open(dialer(url, { clock, receiveBufferBytesMax, WebSocket }), said, whenOnline);
}

/** The network is back. */
function whenOnline(call: () => void): () => void {
  platform.addEventListener?.('online', call);
  return () => platform.removeEventListener?.('online', call);
}

/** MQTT 3.1 has no way to ask the server for a client identifier. */
function clientIdWhereNeeded(options: ClientOptions): Pick<ClientOptions, 'clientId'> {
  if (!OLDER_DIALECTS || !needsClientId(options.dialect)) return {};
  const random = platform.crypto.getRandomValues(new Uint8Array(8));
  return { clientId: `anax${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}` };
}
