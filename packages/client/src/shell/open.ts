// From a way to reach a server to a connected client: the entrance of every platform goes through here.

import { Client } from './client.ts';
import { Lifetime } from './lifetime.ts';
import type { ClientOptions } from './options.ts';
import type { Dialer } from './pipe.ts';
import { aborted } from './tickets.ts';

/** Resolves when the server has accepted the connection. @throws MqttError, as `connect` does. */
export async function open(dial: Dialer, options: ClientOptions): Promise<Client> {
  if (options.signal?.aborted) throw aborted(options.signal);
  const life = new Lifetime(dial, options);
  await life.ready;
  return new Client(life);
}
