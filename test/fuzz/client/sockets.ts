// Whole clients over TCP whose servers are hostile: connections made again and again, calls of an application meanwhile.
// Owns the invariants: every promise settles, what rejects is a typed error, and neither a timer nor a socket is left.

import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Client, type Clock, connect, type NodeClientOptions } from '@anax/client';
import { DIALECTS, type Dialect, encodePacket, MqttError } from '@anax/protocol';
import { corpusOf } from '../corpus.ts';
import { must } from '../failure.ts';
import { nextBytes, type Source, TEMPERS } from '../inputs.ts';
import { split } from '../mutate.ts';
import type { Random } from '../random.ts';
import { anyPacket, connackPacket, lawfulPacket } from '../server-packets.ts';
import { payload, qos, topicFilter, topicName } from '../universe.ts';

const SOURCE: Source = { corpus: corpusOf('server'), lawful: lawfulPacket, any: anyPacket };
const INPUTS_OF_A_CONNECTION_MAX = 20;
const CALLS_MAX = 16;
/** What has not settled so long after the end never will. */
const SETTLED_WITHIN_MS = 5000;

export class SocketWorld {
  timers = 0;
  connections = 0;
  /** How the promises of the application ended, by the word. */
  readonly told = new Map<string, number>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #random: Random | undefined;
  #dialect: Dialect = DIALECTS[0] as Dialect;
  readonly #clock: Clock = {
    now: () => performance.now(),
    after: (ms, call) => this.#after(ms, call),
  };

  constructor() {
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.setNoDelay(true);
      if (this.#random !== undefined) void this.#attack(socket, this.#random, this.#dialect);
    });
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** One client from its first attempt to its end. */
  async round(random: Random): Promise<void> {
    this.#random = random;
    this.#dialect = random.pick(DIALECTS);
    const { port } = this.#server.address() as AddressInfo;
    const calls: Promise<unknown>[] = [];
    const client = await connect(`mqtt://127.0.0.1:${port}`, this.#options(random)).catch(
      (error: unknown) => {
        this.#tell(error);
        return undefined;
      },
    );
    if (client !== undefined) {
      const count = random.below(CALLS_MAX);
      for (let call = 0; call < count; call++) {
        const called = this.#call(client, random);
        // Heard at once; told in the end.
        called.catch(() => undefined);
        calls.push(called);
        if (random.chance(0.5)) await pause(random.below(4));
      }
      await pause(random.below(10));
      calls.push(client.close(), client.closed);
    }
    this.#random = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await this.#settled(calls);
    must(this.timers === 0, `${this.timers} timers are left`);
  }

  #options(random: Random): NodeClientOptions {
    const five = this.#dialect.properties;
    return {
      dialect: this.#dialect.name,
      clientId: 'c',
      cleanStart: random.chance(0.5),
      keepAlive: random.pick([0, 1, 60]),
      connectTimeoutMs: 60,
      closeTimeoutMs: 10,
      pingTimeoutMs: 20,
      clock: this.#clock,
      reconnect: random.chance(0.8) && {
        initially: true,
        delayBaseMs: 1,
        delayMaxMs: 4,
        attemptsMax: random.below(8),
        redirectsMax: random.below(3),
      },
      outbox: { messagesMax: 5 },
      ...(random.chance(0.5) ? { onMessage: () => undefined } : {}),
      ...(five && {
        properties: {
          sessionExpiryInterval: random.pick([0, 60]),
          ...(random.chance(0.5) ? { receiveMaximum: random.pick([1, 3]) } : {}),
          ...(random.chance(0.5) ? { topicAliasMaximum: random.pick([1, 65_535]) } : {}),
          ...(random.chance(0.2) ? { maximumPacketSize: 100 } : {}),
        },
      }),
      ...(five && random.chance(0.3)
        ? { authenticator: () => ({ method: 'steps', start: () => ({}), next: () => ({}) }) }
        : {}),
    };
  }

  /** What an application does: everything that gives a promise. */
  #call(client: Client, random: Random): Promise<unknown> {
    switch (random.below(6)) {
      case 0:
      case 1:
        return client.publish(topicName(random), payload(random), {
          qos: qos(random),
          retain: random.chance(0.3),
        });
      case 2: {
        const subscription = client.subscribe(topicFilter(random), {
          qos: qos(random),
          bufferMessagesMax: 2,
        });
        const count = random.below(3);
        const read = (async () => {
          let seen = 0;
          for await (const _ of subscription) if (++seen > count) break;
        })();
        return Promise.allSettled([subscription.granted, read]).then((all) => {
          for (const one of all) if (one.status === 'rejected') this.#tell(one.reason);
        });
      }
      case 3: {
        const late = (): Promise<void> => pause(2);
        return client.subscribe(topicFilter(random), { qos: qos(random), onMessage: late }).granted;
      }
      case 4:
        return client.unsubscribe(topicFilter(random));
      default:
        return client.reauthenticate();
    }
  }

  async #settled(calls: readonly Promise<unknown>[]): Promise<void> {
    let late: NodeJS.Timeout | undefined;
    const never = new Promise<'never'>((resolve) => {
      late = setTimeout(() => resolve('never'), SETTLED_WITHIN_MS);
    });
    const all = await Promise.race([Promise.allSettled(calls), never]);
    clearTimeout(late);
    must(all !== 'never', 'a promise does not settle');
    for (const one of all) {
      if (one.status === 'rejected') this.#tell(one.reason);
      else this.#count('fulfilled');
    }
  }

  #tell(error: unknown): void {
    must(error instanceof MqttError, `what rejects is no typed error: ${String(error)}`);
    this.#count(error.code);
  }

  #count(word: string): void {
    this.told.set(word, (this.told.get(word) ?? 0) + 1);
  }

  /** Mostly lets the client in; then whatever comes, in whatever pieces, and an end or none. */
  async #attack(socket: Socket, random: Random, dialect: Dialect): Promise<void> {
    if (random.chance(0.05)) {
      socket.end();
      return;
    }
    if (random.chance(0.9)) await new Promise((resolve) => socket.once('data', resolve));
    socket.resume();
    const temper = random.pick(TEMPERS);
    if (random.chance(0.9)) socket.write(encodePacket(connackPacket(random, dialect, 0.95), dialect));
    const count = random.below(INPUTS_OF_A_CONNECTION_MAX);
    for (let input = 0; input < count && !socket.destroyed; input++) {
      for (const part of split(nextBytes(SOURCE, temper, random, dialect), random)) socket.write(part);
      if (random.chance(0.5)) await pause(random.below(2));
    }
    if (random.chance(0.3)) socket.resetAndDestroy();
    else if (random.chance(0.5)) socket.end();
  }

  #after(ms: number, call: () => void): () => void {
    let counts = true;
    const done = (): void => {
      if (counts) this.timers -= 1;
      counts = false;
    };
    this.timers += 1;
    const timer = setTimeout(() => {
      done();
      call();
    }, ms);
    return () => {
      done();
      clearTimeout(timer);
    };
  }
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
