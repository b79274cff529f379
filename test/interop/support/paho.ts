// Debian's Python paho as a foreign client, a process each: commands go in and events come out as lines of JSON.

import { Child } from './children.ts';
import {
  type Connack,
  type ConnectOptions,
  type ForeignClient,
  type Properties,
  type Received,
  SESSION_SECONDS,
  type Version,
} from './foreign.ts';
import { PAHO_CLIENT, PYTHON } from './programs.ts';
import { Queue } from './queue.ts';

interface Event {
  readonly event: 'connack' | 'done' | 'message' | 'pingresp' | 'closed';
  readonly id: number;
  readonly code: number;
  readonly sessionPresent: boolean;
  readonly properties: Properties;
  readonly topic: string;
  /** In base64. */
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
}

/** A paho that can be stopped where it is. */
export interface PahoClient extends ForeignClient {
  freeze(): void;
}

export async function connectPaho(version: Version, options: ConnectOptions): Promise<PahoClient> {
  const child = new Child(PYTHON, [PAHO_CLIENT, JSON.stringify(connectOptions(version, options))]);
  const messages = new Queue<Received>();
  const pongs = new Queue<true>();
  const waiting = new Map<number, (code: number) => void>();
  let reason: number | undefined;
  let count = 0;
  let settle: (connack: Connack) => void = () => undefined;
  const connack = new Promise<Connack>((resolve) => {
    settle = resolve;
  });
  const closed = new Promise<number | undefined>((resolve) => {
    void child.ended.then(() => resolve(reason));
    const take = (event: Event): void => {
      if (event.event === 'connack') settle({ ...event, properties: neutral(event.properties) });
      else if (event.event === 'pingresp') pongs.push(true);
      else if (event.event === 'done') waiting.get(event.id)?.(event.code);
      else if (event.event === 'message') messages.push(received(event));
      else {
        reason = event.code < 0x80 ? undefined : event.code;
        resolve(reason);
      }
    };
    void read(child, take);
  });
  const command = (fields: object): Promise<number> => {
    count += 1;
    const id = count;
    const done = new Promise<number>((resolve, reject) => {
      waiting.set(id, resolve);
      void child.ended.then(({ stderr }) => reject(new Error(`paho has ended: ${stderr}`)));
    });
    child.write(`${JSON.stringify({ id, ...fields })}\n`);
    return done;
  };
  const failed = child.ended.then(({ stderr }) => {
    throw new Error(`paho ended without a CONNACK: ${stderr}`);
  });
  failed.catch(() => undefined);
  return {
    connack: await Promise.race([connack, failed]),
    messages,
    pongs,
    closed,
    freeze: () => child.freeze(),
    subscribe: (filter, qos, properties) =>
      command({ do: 'subscribe', filter, qos, properties: foreign(properties ?? {}) }),
    unsubscribe: async (filter) => {
      await command({ do: 'unsubscribe', filter });
    },
    publish: async (topic, payload, { qos = 0, retain = false, properties = {} } = {}) => {
      const encoded = Buffer.from(payload).toString('base64');
      const rest = { topic, payload: encoded, qos, retain, properties: foreign(properties) };
      await command({ do: 'publish', ...rest });
    },
    disconnect: async () => {
      child.closeInput();
      await child.ended;
    },
    kill: async () => {
      await child.end('SIGKILL');
    },
  };
}

async function read(child: Child, take: (event: Event) => void): Promise<void> {
  try {
    for (;;) take(JSON.parse(await child.lines.next()) as Event);
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    // The process has ended: whoever waits for something is told by `ended`.
  }
}

function received({ topic, payload, qos, retain, properties }: Event): Received {
  return { topic, payload: Buffer.from(payload, 'base64'), qos, retain, properties: neutral(properties) };
}

function connectOptions(version: Version, options: ConnectOptions): object {
  const { persistent = false, cleanStart = !persistent, will, keepAlive = 60 } = options;
  const kept = persistent ? { sessionExpiryInterval: SESSION_SECONDS } : {};
  return {
    ...options,
    version,
    cleanStart,
    keepAlive,
    properties: foreign({ ...kept, ...options.properties }),
    ...(will === undefined ? {} : { will: { ...will, properties: foreign(will.properties ?? {}) } }),
  };
}

/** Paho writes names of properties as the standard does, without the spaces; those that repeat in the singular. */
function foreign(properties: Properties): Properties {
  const named = Object.entries(properties).map(([name, value]) => {
    const singular = name === 'userProperties' ? 'userProperty' : name;
    return [`${singular.charAt(0).toUpperCase()}${singular.slice(1)}`, value];
  });
  return Object.fromEntries(named) as Properties;
}

const NEUTRAL_NAMES: Readonly<Record<string, string>> = {
  UserProperty: 'userProperties',
  SubscriptionIdentifierAvailable: 'subscriptionIdentifiersAvailable',
};

function neutral(properties: Properties): Properties {
  const named = Object.entries(properties).map(([name, value]) => {
    const own = NEUTRAL_NAMES[name];
    if (own !== undefined) return [own, value];
    return [`${name.charAt(0).toLowerCase()}${name.slice(1)}`, value];
  });
  return Object.fromEntries(named) as Properties;
}
