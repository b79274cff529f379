// A world for verbs to run in: what they read, write and exit with; a broker for them, and a server that only listens.

import { once, setMaxListeners } from 'node:events';
import { connect as connectTo, createServer, type Server, type Socket } from 'node:net';
import { Broker, loadSettings, type Override } from '@anax/broker';
import { encodePacket, MQTT_5_0, type Packet } from '@anax/protocol';
import type { Command } from 'commander';
import { onTestFinished } from 'vitest';
import type { Clock, Edges } from '../src/world/edges.ts';
import { execute } from '../src/world/execute.ts';
import { fileToRead, fileToWrite, folders, newFile } from '../src/world/files.ts';
import { processClock } from '../src/world/process.ts';

export interface World {
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Left out where standard input is a terminal. */
  readonly standardInput?: Uint8Array | readonly Uint8Array[];
  readonly terminal?: boolean;
  readonly errorColumns?: number;
  readonly colour?: boolean;
  /** Real time unless given. */
  readonly clock?: Clock;
  /** Ctrl-C as soon as this is in the output. */
  readonly stopAt?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly keyboard?: Edges['keyboard'];
  readonly window?: Edges['window'];
  /** In place of collecting the output. */
  readonly write?: Edges['write'];
}

export interface Outcome {
  readonly out: string;
  readonly bytes: Uint8Array;
  readonly error: string;
  readonly code: number | undefined;
  /** Files that were written. */
  readonly written: Readonly<Record<string, string>>;
}

export interface Running {
  /** Resolves when the output so far has this in it. */
  readonly shows: (text: string) => Promise<void>;
  readonly stop: () => void;
  readonly outcome: Promise<Outcome>;
}

class Left extends Error {}

/** Runs a verb with arguments as a shell gives them. */
export function run(
  verb: (edgesOf: () => Edges) => Command,
  args: readonly string[],
  world: World = {},
): Promise<Outcome> {
  return start(verb, args, world).outcome;
}

export function start(
  verb: (edgesOf: () => Edges) => Command,
  args: readonly string[],
  world: World = {},
): Running {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const chunks: Uint8Array[] = [];
  let error = '';
  let code: number | undefined;
  const written: Record<string, string> = {};
  const waiting = new Map<string, () => void>();
  const outcome = (): Outcome => {
    const bytes = Buffer.concat(chunks);
    return { out: bytes.toString('utf8'), bytes, error, code, written };
  };
  const look = (): void => {
    if (world.stopAt === undefined && waiting.size === 0) return;
    const all = outcome().out + error;
    if (world.stopAt !== undefined && all.includes(world.stopAt)) stop.abort();
    for (const [text, resolve] of waiting) {
      if (!all.includes(text)) continue;
      waiting.delete(text);
      // What was shown has then also been acted on.
      setImmediate(resolve);
    }
  };
  const collect = (output: string | Uint8Array): void => {
    chunks.push(typeof output === 'string' ? Buffer.from(output) : output.slice());
    look();
  };
  const edges: Edges = {
    write: world.write ?? collect,
    writeError: (text) => {
      error += text;
      look();
    },
    readFile: async (path) => {
      const file = world.files?.[path];
      if (file === undefined) throw new Error('no such file');
      return file;
    },
    writeFile: async (path, text) => {
      if (path.startsWith('no/')) throw new Error('no such folder');
      written[path] = text;
    },
    newFile,
    fileToRead,
    fileToWrite,
    folders,
    execute,
    keyboard: world.keyboard,
    env: (name) => world.env?.[name],
    home: '/nobody',
    standardInput: {
      terminal: world.standardInput === undefined,
      read: (signal) => inputOf(world.standardInput, signal),
    },
    clock: world.clock ?? processClock,
    terminal: world.terminal ?? false,
    window: world.window,
    errorColumns: world.errorColumns,
    colour: world.colour ?? false,
    stopped: () => stop.signal,
    strayErrors: () => () => {},
    exit: (with_) => {
      code = with_;
    },
    leave: (with_) => {
      code = with_;
      throw new Left();
    },
  };
  const done = verb(() => edges)
    .parseAsync([...args], { from: 'user' })
    .catch((thrown: unknown) => {
      if (!(thrown instanceof Left)) throw thrown;
    });
  return {
    shows: (text) =>
      new Promise((resolve) => {
        waiting.set(text, resolve);
        look();
      }),
    stop: () => stop.abort(),
    outcome: done.then(outcome),
  };
}

/** Chunks, and behind them, where the signal may abort, nothing until it does: as of a terminal. */
async function* inputOf(
  input: World['standardInput'],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void> {
  if (input instanceof Uint8Array) yield input;
  else if (input !== undefined) yield* input;
  else if (signal !== undefined) {
    if (!signal.aborted) await once(signal, 'abort');
    throw new Error('aborted');
  }
}

/** A broker on a free port, closed with the test; its port as an option. */
export async function broker(overrides: Readonly<Record<string, unknown>> = {}): Promise<readonly string[]> {
  const list: Override[] = [{ path: ['listeners', 0, 'port'], value: 0, source: 'test' }];
  for (const [key, value] of Object.entries(overrides))
    list.push({ path: key.split('.'), value, source: 'test' });
  const made = new Broker(loadSettings({ overrides: list }), {});
  await made.start();
  onTestFinished(() => made.close());
  return ['-h', '127.0.0.1', '-p', String(made.listeners[0]?.port)];
}

/** A server that hands over every connection with a way to see what it sends, closed with the test. */
export async function server(accept: (socket: Socket) => void): Promise<readonly string[]> {
  const listening: Server = createServer(accept);
  const sockets = new Set<Socket>();
  listening.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    // Reads on to the end, so that it closes when the client does.
    socket.resume();
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return ['-h', '127.0.0.1', '-p', String(address.port)];
}

/**
 * A way to a broker that breaks each connection after so many bytes from the client, in turn, and then lasts: what is on its
 * way back is lost.
 */
export async function cutting(
  [, , , port]: readonly string[],
  afterBytes: readonly number[],
): Promise<readonly string[]> {
  const left = [...afterBytes];
  return server((near) => {
    const far = connectTo(Number(port), '127.0.0.1');
    let bytes = 0;
    const most = left.shift() ?? Number.POSITIVE_INFINITY;
    far.on('error', () => near.destroy());
    far.on('data', (chunk) => near.write(chunk));
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
    near.on('data', (chunk: Uint8Array) => {
      bytes += chunk.length;
      far.write(chunk);
      if (bytes > most) near.destroy();
    });
  });
}

/** A server that answers the first bytes of a client with these, in hex, and tells what it got. */
export async function answering(
  hex: string,
): Promise<{ readonly address: readonly string[]; readonly first: Promise<Uint8Array> }> {
  let got: (bytes: Uint8Array) => void = () => {};
  const first = new Promise<Uint8Array>((resolve) => {
    got = resolve;
  });
  const address = await server((socket) => {
    socket.once('data', (bytes: Uint8Array) => {
      got(bytes);
      socket.write(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    });
    socket.on('end', () => socket.end());
  });
  return { address, first };
}

/** A broker that answers CONNECT, and then what comes first, with these. */
export function scripted(...answers: readonly Packet[]): Promise<readonly string[]> {
  return server((socket) => {
    let next = 0;
    socket.on('data', () => {
      const answer = answers[next++];
      if (answer !== undefined) socket.write(encodePacket(answer, MQTT_5_0));
    });
    socket.on('end', () => socket.end());
  });
}

export const connack = (properties: object = {}): Packet => ({
  type: 'connack',
  sessionPresent: false,
  reasonCode: 0,
  properties,
});

export function text(some: string): Uint8Array {
  return new TextEncoder().encode(some);
}

/** Lines with runs of spaces made one. */
export function squeezed(out: string): readonly string[] {
  return out.split('\n').map((line) => line.replace(/ {2,}/g, ' ').trim());
}
