// The statements of the standards as the package's data has them, and the rows of malformed input.
// Owns reading the tables; judges nothing.

import { readFileSync } from 'node:fs';
import { DIALECTS, type Dialect, type DialectName, MQTT_3_1, MQTT_3_1_1, MQTT_5_0 } from '@anax/protocol';
import { SECTIONS_3_1 } from './sections.ts';

export type Binds = 'server' | 'client' | 'both';
/** What shows whether a statement is kept. */
export type Shown = 'wire' | 'config' | 'client-api' | 'unobservable';

export interface Statement {
  readonly dialect: DialectName;
  /** `MQTT-3.1.2-8`, or the number of a section of 3.1, which numbers no statements. */
  readonly id: string;
  readonly binds: Binds;
  readonly summary: string;
  readonly shown: Shown;
}

export interface MalformedRow {
  readonly name: string;
  readonly dialect: Dialect;
  /** The packets of the stream from CONNECT on; the last one is at fault. */
  readonly packets: readonly Uint8Array[];
  readonly why: string;
  /** What may happen, in the words of the table: `0x81`, `close`, `suback:0x8f`, `wait`. */
  readonly outcomes: readonly string[];
}

function linesOf(name: string): readonly (readonly string[])[] {
  const text = readFileSync(new URL(`../../data/${name}`, import.meta.url), 'utf8');
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => line !== '').map((line) => line.split('\t'));
}

function numbered(dialect: Dialect, name: string): readonly Statement[] {
  return linesOf(name).map(([id = '', binds, summary = '', shown]) => ({
    dialect: dialect.name,
    id,
    binds: oneOf(binds, ['server', 'client', 'both'], id),
    summary,
    shown: oneOf(shown, ['wire', 'config', 'client-api', 'unobservable'], id),
  }));
}

function oneOf<T extends string>(text: string | undefined, choices: readonly T[], id: string): T {
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw new Error(`${id}: ${text} is none of ${choices.join(', ')}`);
  return found;
}

const sections: readonly Statement[] = Object.entries(SECTIONS_3_1).map(([id, summary]) => ({
  dialect: MQTT_3_1.name,
  id,
  binds: 'both',
  summary,
  shown: 'wire',
}));

/** In the order of each standard. */
export const STATEMENTS: readonly Statement[] = [
  ...sections,
  ...numbered(MQTT_3_1_1, 'mqtt-3.1.1-statements.tsv'),
  ...numbered(MQTT_5_0, 'mqtt-5.0-statements.tsv'),
];

const byKey = new Map(STATEMENTS.map((one) => [`${one.dialect} ${one.id}`, one]));

export function statementOf(dialect: DialectName, id: string): Statement | undefined {
  return byKey.get(`${dialect} ${id}`);
}

/** The rows of what a client may get wrong. */
export const MALFORMED_ROWS: readonly MalformedRow[] = linesOf('malformed.tsv')
  .filter(([, , direction]) => direction === 'client')
  .map(([name = '', protocol, , hex = '', why = '', outcomes = '']) => {
    const dialect = DIALECTS.find((one) => one.name === protocol);
    if (dialect === undefined) throw new Error(`${name}: there is no MQTT ${protocol}`);
    return { name, dialect, packets: hex.split(' | ').map(bytesOf), why, outcomes: outcomes.split('|') };
  });

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(' ').filter(Boolean), (byte) => Number.parseInt(byte, 16));
}
