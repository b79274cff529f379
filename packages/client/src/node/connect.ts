// The entrance for Node: from an address to a connected client.

import { randomBytes } from 'node:crypto';
import { needsClientId } from '../dialect-choice.ts';
import type { Client } from '../shell/client.ts';
import { open } from '../shell/open.ts';
import type { ClientOptions } from '../shell/options.ts';
import { dialer } from './dial.ts';
import type { Target, TlsOptions } from './target.ts';
import { type Address, parseAddress } from './url.ts';

export interface NodeClientOptions extends ClientOptions {
  /** For `mqtts` and `wss`. */
  readonly tls?: TlsOptions;
}

/**
 * Opens `mqtt://host:port`, `mqtts:`, `ws:` or `wss:`, `mqtt+unix:///path`, or a host and a port, and resolves when the server has accepted the connection. One that is
 * lost later is made again, unless `reconnect` is false.
 * @throws ConnectionRefusedError where CONNACK says no; MqttError for everything else, with a `code` of `CloseCode`, or
 * one that says what is wrong with the options.
 */
export async function connect(
  to: string | Target,
  { tls, ...options }: NodeClientOptions = {},
): Promise<Client> {
  const { target, userName, password } = addressOf(to);
  return open(dialer(target, tls), {
    ...(userName === undefined ? {} : { userName }),
    ...(password === undefined ? {} : { password }),
    ...clientIdWhereNeeded(options),
    ...options,
  });
}

function addressOf(to: string | Target): Address {
  return typeof to === 'string' ? parseAddress(to) : { target: to, userName: undefined, password: undefined };
}

/** MQTT 3.1 has no way to ask the server for a client identifier. */
function clientIdWhereNeeded(options: ClientOptions): Pick<ClientOptions, 'clientId'> {
  if (!needsClientId(options.dialect)) return {};
  return { clientId: `anax${randomBytes(8).toString('hex')}` };
}
