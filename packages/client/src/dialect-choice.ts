// Which version of MQTT the next attempt speaks, where the application takes several; and how what it said in the words of
// 5.0 is said in an older one. Decides; lives as long as the client.

import {
  type Dialect,
  type DialectName,
  encodeFromClient,
  GrowingOutput,
  MqttError,
  Reason,
} from '@anax/protocol';
import type { CloseReason } from './errors.ts';
import { type ConnectOptions, connectPacket, dialectOf } from './options.ts';

export class DialectChoice {
  readonly #order: readonly Dialect[];
  readonly #tried = new Set<Dialect>();
  /** That of the last connection. */
  #kept: Dialect | undefined;
  #current: Dialect;

  /** @throws MqttError `invalid-option` */
  constructor(given: DialectName | readonly DialectName[] = '5.0') {
    this.#order = (typeof given === 'string' ? [given] : given).map((dialect) => dialectOf({ dialect }));
    const [first] = this.#order;
    if (first === undefined) throw new MqttError('invalid-option', 'dialect names none');
    if (new Set(this.#order).size < this.#order.length)
      throw new MqttError('invalid-option', 'dialect names one of them twice');
    this.#current = first;
  }

  get current(): Dialect {
    return this.#current;
  }

  get several(): boolean {
    return this.#order.length > 1;
  }

  get all(): readonly Dialect[] {
    return this.#order;
  }

  /** CONNACK has said yes: from now on this is the one. */
  accepted(): void {
    this.#kept = this.#current;
    this.#tried.clear();
  }

  /**
   * An attempt has failed, or a connection has ended. True where the server is to be asked in another dialect at once: it
   * does not speak this one, or as long as nothing was ever accepted here, it has closed instead of answering CONNECT.
   * [5:3.1.2.2] [3.1.1:MQTT-3.1.2-2]
   */
  ended({ code, reasonCode }: CloseReason, unanswered: boolean): boolean {
    const unknown = code === 'connection-refused' && reasonCode === Reason.unsupportedProtocolVersion;
    this.#tried.add(this.#current);
    const other =
      unknown || (unanswered && this.#kept === undefined)
        ? this.#order.find((dialect) => !this.#tried.has(dialect))
        : undefined;
    if (other === undefined) this.#tried.clear();
    this.#current = other ?? this.#kept ?? (this.#order[0] as Dialect);
    return other !== undefined;
  }
}

/** One of them has no way to ask the server for a client identifier. */
export function needsClientId(given: DialectName | readonly DialectName[] | undefined): boolean {
  return new DialectChoice(given).all.some(({ emptyClientId }) => emptyClientId === 'never');
}

/** What an older dialect needs no word for: these ask or offer, and a server that has not heard of them does without. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'receiveMaximum',
  'maximumPacketSize',
  'topicAliasMaximum',
  'requestResponseInformation',
  'requestProblemInformation',
]);

/**
 * Options in the words of 5.0, as another dialect says them. A session that is to outlive its connection is one without
 * CleanSession; what an older server cannot be told stays, and is refused where CONNECT is put together.
 */
export function saidIn(dialect: Dialect, options: ConnectOptions): ConnectOptions {
  const { name } = dialect;
  if (dialect.properties || options.properties === undefined) return { ...options, dialect: name };
  const { sessionExpiryInterval = 0, maximumPacketSize, ...others } = options.properties;
  const properties = Object.fromEntries(Object.entries(others).filter(([key]) => !LEFT_OUT.has(key)));
  return {
    ...options,
    dialect: name,
    cleanStart: (options.cleanStart ?? true) && sessionExpiryInterval === 0,
    ...(maximumPacketSize === undefined ? {} : { packetBytesMax: maximumPacketSize }),
    properties,
  };
}

/** @throws MqttError for options that one of the dialects cannot say: nobody is to find that out by the server he meets. */
export function requireSayableInAll(choice: DialectChoice, options: ConnectOptions): void {
  if (!choice.several) return;
  for (const dialect of choice.all) {
    encodeFromClient(
      connectPacket(saidIn(dialect, options), options.clientId ?? ''),
      dialect,
      new GrowingOutput(),
    );
  }
}
