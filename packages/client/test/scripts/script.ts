// What a script is: bytes both ways and calls of a client between them, in order. Data only; the players say how.

import type {
  AuthAnswer,
  AuthStart,
  ConnectOptions,
  DisconnectRequest,
  FilterRequest,
  PublishRequest,
} from '../../src/index.ts';

/** The code word of an error, and the clause that it names. */
export type Refusal = readonly [code: string, clause?: string];

export type Act =
  | { readonly publish: PublishRequest; readonly ticket?: number; readonly refused?: Refusal }
  | {
      readonly subscribe: readonly FilterRequest[];
      readonly properties?: { readonly subscriptionIdentifiers?: readonly number[] };
      readonly ticket?: number;
      readonly refused?: Refusal;
    }
  | { readonly unsubscribe: readonly string[]; readonly ticket?: number; readonly refused?: Refusal }
  | { readonly disconnect: DisconnectRequest; readonly refused?: Refusal }
  | { readonly reauthenticate: AuthStart; readonly refused?: Refusal };

export type Step =
  /** The server sends these bytes. */
  | `S ${string}`
  /** The client sends exactly these bytes next. */
  | `C ${string}`
  /** The connection is lost and another one is opened; a CONNECT that the script does not name is passed over. */
  | 'cut'
  | Act
  /** What the application received since it was last asked: `topic=text`. */
  | { readonly got: readonly string[] }
  /** What became of a call: its reason code or codes, the word for its error, or null while it waits. */
  | { readonly settled: number; readonly as: number | string | readonly number[] | null }
  /** Milliseconds go by. */
  | { readonly pass: number }
  /** How the connection ended; without it the player disconnects in order. */
  | { readonly ends: string; readonly reasonCode?: number; readonly clause?: string };

/** What every client of a script answers to AUTH. */
export const ANSWER: AuthAnswer = {
  authenticationData: Uint8Array.of(0x64),
  reasonString: 'r',
  userProperties: [['a', 'b']],
};

export interface Script {
  /** A sentence, with the clauses that the script proves. */
  readonly says: string;
  readonly options?: ConnectOptions;
  /** What the client sends first; not looked at where it is left out. */
  readonly connect?: string;
  /** Default: success without properties. Null: the steps begin before any answer. */
  readonly connack?: string | null;
  readonly steps: readonly Step[];
}

/** A script for each row, with what the rows have in common. */
export function each<Row extends readonly unknown[]>(
  rows: readonly Row[],
  script: (...row: [...Row]) => Script,
): readonly Script[] {
  return rows.map((row) => script(...([...row] as [...Row])));
}

/** A message at this QoS with the payload `x`. */
export const message = (
  qos: 0 | 1 | 2,
  topic = 'a',
  properties?: PublishRequest['properties'],
): PublishRequest => ({ topic, payload: 'x', qos, ...(properties === undefined ? {} : { properties }) });

/** What the standard calls a malformed packet: the client says so and closes. */
export const malformed = (text: string, clause?: string): readonly Step[] => broken(text, 0x81, clause);

/** The server sends this, the client answers DISCONNECT with the code and closes. */
export const broken = (text: string, reasonCode: number, clause?: string): readonly Step[] => [
  `S ${text}`,
  `C e0 01 ${reasonCode.toString(16)}`,
  { ends: 'protocol-violation', reasonCode, ...(clause === undefined ? {} : { clause }) },
];

/** The same where no DISCONNECT can say it: in 3.1.1, and before CONNACK. */
export const closes = (text: string, clause?: string): readonly Step[] => [
  `S ${text}`,
  { ends: 'protocol-violation', ...(clause === undefined ? {} : { clause }) },
];

export const refused = (act: Act, code: string, clause?: string): Act => ({
  ...act,
  refused: clause === undefined ? [code] : [code, clause],
});

/** The word is right, and the clause is in the error. */
export function fits(error: unknown, [code, clause]: Refusal): boolean {
  const { code: word, clause: named = '' } = (error ?? {}) as { code?: string; clause?: string };
  return word === code && (clause === undefined || named.includes(clause));
}

/** PUBLISH of `a=x` in hex. */
export function publishHex(dialect: '5.0' | '3.1.1', qos: 0 | 1 | 2, id = 0, dup = false): string {
  const header = (0x30 | (dup ? 8 : 0) | (qos << 1)).toString(16);
  const body = [
    '00 01 61',
    ...(qos > 0 ? [`00 ${byteHex(id)}`] : []),
    ...(dialect === '5.0' ? ['00'] : []),
    '78',
  ];
  return `${header} ${byteHex(body.join(' ').split(' ').length)} ${body.join(' ')}`;
}

export function byteHex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** CONNACK of a server without Subscription Identifiers, which a client would give on its own. */
export const NO_IDENTIFIERS = '20 05 00 00 02 29 00';
