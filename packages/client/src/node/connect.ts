// The entrance for Node: from an address to a connected client.

import { randomBytes } from 'node:crypto';
import { dialectOf } from '../options.ts';
import { Client } from '../shell/client.ts';
import { type ClientOptions, Driver } from '../shell/driver.ts';
import { aborted } from '../shell/tickets.ts';
import { type TcpTarget, tcp } from './tcp.ts';
import { type Address, parseAddress } from './url.ts';

/**
 * Opens `mqtt://host:port`, or a host and a port, and resolves when the server has accepted the connection.
 * @throws ConnectionRefusedError where CONNACK says no; MqttError for everything else, with a `code` of `CloseCode`, or
 * one that says what is wrong with the options.
 */
export async function connect(to: string | TcpTarget, options: ClientOptions = {}): Promise<Client> {
  if (options.signal?.aborted) throw aborted(options.signal);
  const { target, userName, password } = addressOf(to);
  const driver = new Driver(tcp(target), {
    ...(userName === undefined ? {} : { userName }),
    ...(password === undefined ? {} : { password }),
    ...clientIdWhereNeeded(options),
    ...options,
  });
  return new Client(driver, await driver.ready);
}

function addressOf(to: string | TcpTarget): Address {
  return typeof to === 'string' ? parseAddress(to) : { target: to, userName: undefined, password: undefined };
}

/** MQTT 3.1 has no way to ask the server for a client identifier. */
function clientIdWhereNeeded(options: ClientOptions): Pick<ClientOptions, 'clientId'> {
  if (dialectOf(options).emptyClientId !== 'never') return {};
  return { clientId: `anax${randomBytes(8).toString('hex')}` };
}
