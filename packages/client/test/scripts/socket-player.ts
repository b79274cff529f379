// A script against a whole client, over sockets of 127.0.0.1: TCP or WebSocket. Time is the test's own.

import { type AddressInfo, createServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import {
  type Client,
  type ConnectOptions,
  connect,
  type Message,
  type NodeClientOptions,
  type Outcome,
} from '../../src/index.ts';
import { ManualClock, settle } from '../memory-pipe.ts';
import { bytes, hex } from '../support.ts';
import type { Player } from './player.ts';
import { type Act, ANSWER, type Script } from './script.ts';

/** Only a test that fails waits so long. */
const PATIENCE_MS = 10_000;

/** The server's end of one connection. */
interface Served {
  write(bytes: Uint8Array): void;
  drop(): void;
  readonly seen: string[];
  over: boolean;
}

export class SocketPlayer implements Player {
  readonly #transport: 'tcp' | 'ws';
  readonly #clock = new ManualClock();
  readonly #served: Served[] = [];
  readonly #messages: string[] = [];
  readonly #outcomes = new Map<number, Outcome>();
  #server: Server | WebSocketServer | undefined;
  #client: Client | undefined;
  #failed: { readonly code?: string } | undefined;
  #end: { readonly code: string } | undefined;
  #receivedBytes = 0;
  #sentBytes = 0;
  #delayMs = 0;

  constructor(transport: 'tcp' | 'ws') {
    this.#transport = transport;
  }

  async begin({ options = {}, steps }: Script): Promise<void> {
    const url = this.#transport === 'tcp' ? await this.#listenTcp() : await this.#listenWebSocket();
    const facts: NodeClientOptions = {
      ...options,
      ...authenticatorOf(options),
      clock: this.#clock,
      reconnect: steps.includes('cut') ? { random: () => 1 } : false,
      // Without it nobody here has any use for what comes.
      ...(steps.some((step) => typeof step === 'object' && 'got' in step) ? { onMessage: this.#got } : {}),
      trace: {
        sent: () => undefined,
        received: (packet) => {
          this.#receivedBytes += packet.length;
        },
      },
    };
    connect(url, facts).then(
      (client) => this.#connected(client),
      (error: { code?: string }) => {
        this.#failed = error;
      },
    );
    await this.#until('a connection', () => this.#served.length === 1);
  }

  async send(text: string): Promise<void> {
    const all = bytes(text);
    this.#sentBytes += all.length;
    this.#last.write(all);
    await this.#until(
      `that the client reads ${text}`,
      () => this.#receivedBytes >= this.#sentBytes || this.#failed !== undefined || this.#end !== undefined,
    );
    // What the client tells its application comes a turn later.
    await settle();
  }

  async sent(like: string): Promise<string> {
    const count = bytes(like).length;
    await this.#until(`${like}, not ${this.#last.seen.join(' ')}`, () => this.#last.seen.length >= count);
    return this.#last.seen.splice(0, count).join(' ');
  }

  async rest(): Promise<string> {
    return this.#last.seen.join(' ');
  }

  async connect(): Promise<string> {
    await this.sent('');
    await this.#until(
      'CONNECT',
      () => this.#last.seen.length >= 2 + Number.parseInt(this.#last.seen[1] ?? 'ff', 16),
    );
    return this.#last.seen.splice(0, 2 + Number.parseInt(this.#last.seen[1] ?? '0', 16)).join(' ');
  }

  async cut(): Promise<void> {
    const count = this.#served.length;
    this.#end = undefined;
    this.#last.drop();
    await this.#until('that the client misses the server', () => this.#end !== undefined);
    await this.#clock.pass(this.#delayMs);
    await this.#until('another connection', () => this.#served.length > count);
    this.#end = undefined;
    this.#receivedBytes = 0;
    this.#sentBytes = 0;
  }

  async act(act: Act): Promise<void> {
    await this.#until('a client', () => this.#client !== undefined || this.#failed !== undefined);
    const client = this.#client;
    if (client === undefined) throw this.#failed;
    const done = perform(client, act);
    const { refused } = act;
    if (refused !== undefined) {
      await done;
      return;
    }
    const ticket = 'ticket' in act ? act.ticket : undefined;
    done.then(
      (outcome) => {
        if (ticket !== undefined && outcome !== undefined) this.#outcomes.set(ticket, outcome);
      },
      (error) => {
        if (ticket !== undefined) this.#outcomes.set(ticket, { type: 'failed', error });
      },
    );
    await settle();
  }

  async got(like: readonly string[]): Promise<readonly string[]> {
    await this.#until(`${like.length} messages`, () => this.#messages.length >= like.length);
    return this.#messages.splice(0);
  }

  async outcome(ticket: number, wanted: boolean): Promise<Outcome | undefined> {
    if (wanted) await this.#until(`the outcome of ${ticket}`, () => this.#outcomes.has(ticket));
    return this.#outcomes.get(ticket);
  }

  async pass(ms: number): Promise<void> {
    await this.#clock.pass(ms);
  }

  async ended() {
    await this.#until('the end', () => this.#failed !== undefined || this.#end !== undefined);
    await this.#until('that the client closes', () => this.#last.over);
    const failed = this.#failed;
    if (failed === undefined) return this.#end as { code: string };
    return {
      code: failed.code ?? '',
      reasonCode: (failed as { reasonCode?: number }).reasonCode,
      error: failed,
    };
  }

  async clear(): Promise<void> {
    const closed = this.#client?.close();
    for (const one of this.#served) one.drop();
    await this.#clock.pass(10_000);
    await closed;
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #got = (message: Message): void => {
    this.#messages.push(`${message.topic}=${message.text()}`);
  };

  get #last(): Served {
    const last = this.#served.at(-1);
    if (last === undefined) throw new Error('nobody has connected');
    return last;
  }

  #connected(client: Client): void {
    this.#client = client;
    client.addEventListener('reconnecting', ({ detail }) => {
      this.#delayMs = detail.delayMs;
      this.#end ??= { code: 'connection-lost' };
    });
    client.addEventListener('disconnected', ({ detail }) => {
      if (detail.reason.code !== 'connection-lost') this.#end = detail.reason;
    });
    void client.closed.then((reason) => {
      this.#end ??= reason;
    });
  }

  async #listenTcp(): Promise<string> {
    const server = createServer((socket) => {
      const one: Served = {
        write: (all) => socket.write(all),
        drop: () => socket.destroy(),
        seen: [],
        over: false,
      };
      this.#served.push(one);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => one.seen.push(...hex(chunk).split(' ')));
      socket.on('end', () => {
        one.over = true;
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #listenWebSocket(): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'mqtt' });
    this.#server = server;
    server.on('connection', (ws) => {
      const one: Served = { write: (all) => ws.send(all), drop: () => ws.terminate(), seen: [], over: false };
      this.#served.push(one);
      ws.on('error', () => undefined);
      ws.on('message', (data: Buffer) => one.seen.push(...hex(data).split(' ')));
      ws.on('close', () => {
        one.over = true;
      });
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Sockets take their time, of which the test knows nothing. */
  async #until(what: string, there: () => boolean): Promise<void> {
    const late = Date.now() + PATIENCE_MS;
    while (!there()) {
      if (Date.now() > late) throw new Error(`waited in vain for ${what}`);
      await wait(1);
    }
  }
}

/** With the method of the options, which is then the authenticator's to say. */
function authenticatorOf({ properties }: ConnectOptions): NodeClientOptions {
  const { authenticationMethod: method, ...others } = properties ?? {};
  if (method === undefined) return {};
  return { properties: others, authenticator: () => ({ method, start: () => ({}), next: () => ANSWER }) };
}

/** What a call of the client becomes. */
async function perform(client: Client, act: Act): Promise<Outcome | undefined> {
  if ('disconnect' in act) {
    await client.disconnect(act.disconnect);
    return undefined;
  }
  if ('reauthenticate' in act) return { type: 'authenticated', result: await client.reauthenticate() };
  if ('publish' in act) {
    const { topic, payload, ...options } = act.publish;
    return { type: 'published', result: await client.publish(topic, payload, options) };
  }
  if ('subscribe' in act) {
    const { granted } = client.subscribe(act.subscribe, {
      properties: act.properties ?? {},
      onMessage: () => undefined,
    });
    return { type: 'filters', result: await granted };
  }
  return { type: 'filters', result: await client.unsubscribe(act.unsubscribe) };
}
