// Unix sockets: accepts sockets at a file, with an owner and a mode that say who on this machine may connect. A file that a
// dead broker left is replaced; one that somebody listens on, and any other file, is not. Knows no MQTT.

import { chmodSync, chownSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { closed, type Listener, listening, type Taker } from './listener.ts';
import type { SharedRead } from './shared-read.ts';
import { accept } from './tcp.ts';

export interface UnixListenerOptions {
  readonly protocol: 'unix';
  readonly name: string;
  readonly path: string;
  /** Permissions of the file, as in `0o660`. */
  readonly mode: number;
  /** A name or a number; undefined leaves it to the system. */
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** Why a file cannot be listened on. */
export class UnixSocketFault extends Error {}

/** In bytes: a longer one is cut by the system without a word. */
const PATH_BYTES_MAX = 103;
/** What stands for an address in rules and in the log. */
const ADDRESS = 'unix';

/** Rejects with a UnixSocketFault, or the system's error. */
export async function listenUnix(
  options: UnixListenerOptions,
  shared: SharedRead,
  taker: Taker,
): Promise<Listener> {
  const { name, path, mode } = options;
  const ids = idsOf(options);
  await makeRoom(path);
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (accepted) => {
    taker.arrived(accept(accepted, ADDRESS, true, shared));
  });
  await narrow(mode, () => listening(server, { path }));
  try {
    if (ids !== undefined) chownSync(path, ids.owner, ids.group);
    chmodSync(path, mode);
  } catch (error) {
    await closed(server);
    throw error;
  }
  const url = `mqtt+unix://${encodeURI(path).replaceAll('#', '%23').replaceAll('?', '%3F')}`;
  return {
    protocol: 'unix',
    name,
    host: '',
    port: 0,
    url,
    loopback: true,
    pending: 0,
    close: () => closed(server),
  };
}

/** The file begins with no more permissions than it will have: nobody comes in before they are set. */
function narrow<T>(mode: number, make: () => T): T {
  let before: number;
  try {
    before = process.umask(0o777 & ~mode);
  } catch {
    // A worker cannot set it: then the folder is what keeps others out for a moment.
    return make();
  }
  try {
    return make();
  } finally {
    process.umask(before);
  }
}

async function makeRoom(path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new UnixSocketFault(`${path} is too long for a Unix socket: ${PATH_BYTES_MAX} bytes at the most`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new UnixSocketFault(`${path} is there and is no socket: it is left as it is`);
  if (await isListenedOn(path)) throw new UnixSocketFault(`${path} is in use by another program`);
  unlinkSync(path);
}

/** Only a refused connection says that nobody is there. */
function isListenedOn(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}

function idsOf({ owner, group }: UnixListenerOptions): { owner: number; group: number } | undefined {
  if (owner === undefined && group === undefined) return undefined;
  return { owner: idOf(owner, '/etc/passwd', 'user'), group: idOf(group, '/etc/group', 'group') };
}

/** -1 leaves it as it is. */
function idOf(name: string | undefined, file: string, what: string): number {
  if (name === undefined) return -1;
  if (/^\d+$/.test(name)) return Number(name);
  const lines = readFileSync(file, 'utf8').split('\n');
  const id = lines.map((line) => line.split(':')).find(([one]) => one === name)?.[2];
  if (id === undefined)
    throw new UnixSocketFault(`there is no ${what} ${name} in ${file}: a number can be given`);
  return Number(id);
}
