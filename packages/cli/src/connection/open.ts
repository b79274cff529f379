// From the options of a verb to a connected client that ends when the verb does.

import { type Client, type ClientOptions, connect, type TlsOptions } from '@anax/client';
import { MqttError } from '@anax/protocol';
import { type Edges, EXIT, type ExitCode, OutputClosed, UsageError } from '../world/edges.ts';
import { type Connecting, given } from './connect-options.ts';
import { isConnectionFailure } from './failures.ts';
import type { TlsFiles } from './where.ts';

/** Options that only the running client takes. */
/** With a `signal` the connection can be cut later, without DISCONNECT. */
export type Hooks = Pick<ClientOptions, 'trace' | 'onMessage' | 'reconnect' | 'signal'>;

/**
 * Gives up where the world is stopped meanwhile.
 * @throws MqttError a connection failure. @throws UsageError for options that cannot be said.
 */
export async function open(
  { target, tls: files, options }: Connecting,
  edges: Pick<Edges, 'readFile' | 'stopped'>,
  hooks: Hooks,
): Promise<Client> {
  // Of its own, as the client would listen to it until it ends: stopping later means to disconnect in order.
  const stopped = edges.stopped();
  const tls = files === undefined ? {} : { tls: await tlsOf(files, edges) };
  const attempt = new AbortController();
  const giveUp = (): void => attempt.abort();
  if (stopped.aborted) giveUp();
  stopped.addEventListener('abort', giveUp, { once: true });
  try {
    const client = await connect(target, {
      ...options,
      ...tls,
      reconnect: false,
      ...hooks,
      signal: hooks.signal === undefined ? attempt.signal : AbortSignal.any([attempt.signal, hooks.signal]),
    });
    if (!attempt.signal.aborted) return client;
    await client.closed;
    throw new MqttError('aborted', 'stopped while CONNACK came');
  } catch (error) {
    if (error instanceof MqttError && !isConnectionFailure(error)) throw new UsageError(error.message);
    throw error;
  } finally {
    stopped.removeEventListener('abort', giveUp);
  }
}

/** Connects, does the work, disconnects in order; a connection failure is told, exit code 1. */
export async function withClient(
  connecting: Connecting,
  edges: Edges,
  hooks: Hooks & { readonly failed: (error: MqttError) => void | Promise<void> },
  work: (client: Client) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { failed, ...rest } = hooks;
  try {
    const client = await open(connecting, edges, rest);
    try {
      return await work(client);
    } finally {
      await client.disconnect();
    }
  } catch (error) {
    const { reason }: { readonly reason: unknown } = edges.stopped();
    if (reason instanceof OutputClosed) throw reason;
    if (!isConnectionFailure(error)) throw error;
    await failed(error);
    return EXIT.failed;
  }
}

/** @throws UsageError where a file cannot be read. */
async function tlsOf(
  { ca, cert, key, insecure }: TlsFiles,
  edges: Pick<Edges, 'readFile'>,
): Promise<TlsOptions> {
  const read = async (option: string, file: string | undefined): Promise<Buffer | undefined> => {
    if (file === undefined) return undefined;
    try {
      return Buffer.from(await edges.readFile(file));
    } catch (error) {
      throw new UsageError(
        `${option} ${file} cannot be read: ${error instanceof Error ? error.message : error}`,
      );
    }
  };
  return {
    ...given({
      ca: await read('--cafile', ca),
      cert: await read('--cert', cert),
      key: await read('--key', key),
    }),
    rejectUnauthorized: !insecure,
  };
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
