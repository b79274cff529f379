// From a way to reach a server to a connected client: the entrance of every platform goes through here.

import { Client } from './client.ts';
import { Lifetime } from './lifetime.ts';
import type { ClientOptions } from './options.ts';
import type { Dialer } from './pipe.ts';
import { aborted } from './tickets.ts';

/** Calls when the way to the server may be free again; what it returns ends that. */
export type Watch = (free: () => void) => () => void;

/**
 * Resolves when the server has accepted the connection. @throws MqttError, as `connect` does.
 * @param watch of the platform: an attempt that waits is made at once
 */
export async function open(dial: Dialer, options: ClientOptions, watch?: Watch): Promise<Client> {
  if (options.signal?.aborted) throw aborted(options.signal);
  const life = new Lifetime(dial, options);
  const unwatch = watch?.(() => life.hurry());
  if (unwatch !== undefined) void life.over.then(unwatch);
  await life.ready;
  return new Client(life);
}
