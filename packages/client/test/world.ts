// A client across its connections, over pipes in memory and with a clock that the test moves.

import { MqttError } from '@anax/protocol';
import { type Client, type ClientEventName, type ClientOptions, type Dialer, open } from '../src/index.ts';
import { ManualClock, MemoryPipe, settle } from './memory-pipe.ts';

export const NEW = '20 03 00 00 00';
export const KEPT = '20 03 01 00 00';
/** A session that outlives its connections. */
export const keep: ClientOptions = {
  clientId: 'c',
  cleanStart: false,
  properties: { sessionExpiryInterval: 60 },
};

export class World {
  readonly clock = new ManualClock();
  readonly pipes: MemoryPipe[] = [];
  readonly clients: Client[] = [];
  readonly servers: (string | undefined)[] = [];
  readonly events: string[] = [];
  /** How many addresses a server has, or why it has none. */
  addresses: number | MqttError = 1;
  /** No name server answers. */
  isSilent = false;
  readonly dial: Dialer = async (server) => {
    this.servers.push(server);
    if (this.isSilent) return new Promise(() => {});
    if (this.addresses instanceof MqttError) throw this.addresses;
    return Array.from({ length: this.addresses }, () => (listener) => {
      const pipe = new MemoryPipe();
      this.pipes.push(pipe);
      return pipe.open(listener);
    });
  };

  get pipe(): MemoryPipe {
    const last = this.pipes.at(-1);
    if (last === undefined) throw new Error('nothing was opened');
    return last;
  }

  begin(options: ClientOptions = {}): Promise<Client> {
    const { reconnect = true } = options;
    const more = typeof reconnect === 'object' ? reconnect : {};
    return open(this.dial, {
      keepAlive: 0,
      clock: this.clock,
      ...options,
      reconnect: reconnect === false ? false : { random: () => 1, ...more },
    });
  }

  /** The connection that is being opened gets this CONNACK. */
  async accept(connack = NEW): Promise<void> {
    await settle();
    this.pipe.listener?.opened();
    this.pipe.taken();
    this.pipe.in(connack);
    await settle();
  }

  async connected(options: ClientOptions = {}, connack = NEW): Promise<Client> {
    const begun = this.begin(options);
    await this.accept(connack);
    const client = await begun;
    this.clients.push(client);
    for (const name of ['connected', 'disconnected', 'reconnecting', 'closed', 'error'] as const) {
      client.addEventListener(name, (event) => this.events.push(told(event.type as ClientEventName, event)));
    }
    this.pipe.taken();
    return client;
  }

  /** The connection has lasted, is lost and made again. */
  async again(connack: string): Promise<void> {
    await this.clock.pass(10_000);
    this.pipe.lose();
    await this.clock.pass(500);
    await this.accept(connack);
  }
}

function told(name: ClientEventName, event: { readonly detail: object }): string {
  const detail = event.detail as { attempt?: number; delayMs?: number; reason?: { code: string } };
  if (name === 'reconnecting') return `${name} ${detail.attempt} ${detail.delayMs}`;
  return detail.reason === undefined ? name : `${name} ${detail.reason.code}`;
}

export const rejection = (promise: Promise<unknown>): Promise<MqttError> =>
  promise.then(
    () => new MqttError('none', 'nothing was thrown'),
    (error: MqttError) => error,
  );
