// What an option's text stands for, or a sentence on what it should have been. Commander puts the option's name before it.

import { type Dialect, dialectFromText, type QoS, type RetainHandling, utf8Bytes } from '@anax/protocol';
import { InvalidArgumentError } from 'commander';

export type UserProperty = readonly [name: string, value: string];

export function toDialect(text: string): Dialect {
  const dialect = dialectFromText(text);
  if (dialect === undefined) throw new InvalidArgumentError('It is 3.1, 3.1.1 or 5.');
  return dialect;
}

/** Versions with commas between them. */
export function toDialects(text: string): readonly Dialect[] {
  return [...new Set(text.split(',').map((one) => toDialect(one.trim())))];
}

/** A whole number within the bounds; `unit` is what it counts, if anything. */
export function toWhole(least: number, most: number, unit?: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `It is a whole number${unit === undefined ? '' : ` of ${unit}`} from ${least} to ${most}.`,
    );
  };
}

/** Seconds above 0, with a fraction if need be, in milliseconds. */
export function toMilliseconds(text: string): number {
  const seconds = Number(text);
  if (/^\d*\.?\d+$/.test(text) && seconds > 0 && seconds <= SECONDS_MAX) return seconds * 1000;
  throw new InvalidArgumentError(`It is a number of seconds above 0, ${SECONDS_MAX} at most.`);
}

/** `90` or `90s`, `5m`, `2h`, in milliseconds. */
export function toDuration(text: string): number {
  const [, amount = '', unit = ''] = /^(.*?)([smh]?)$/s.exec(text) ?? [];
  const ms = Number(amount) * (SECONDS_OF[unit] ?? 1) * 1000;
  if (/^\d*\.?\d+$/.test(amount) && ms > 0 && ms <= SECONDS_MAX * 1000) return ms;
  throw new InvalidArgumentError(`It is a time above 0 like 90s, 5m or 2h, ${SECONDS_MAX} seconds at most.`);
}

const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** What a timer takes. */
const SECONDS_MAX = 2_147_483;

export function toQos(text: string): QoS {
  if (text === '0') return 0;
  if (text === '1') return 1;
  if (text === '2') return 2;
  throw new InvalidArgumentError('It is 0, 1 or 2.');
}

export function toRetainHandling(text: string): RetainHandling {
  return toQos(text);
}

export function toBytes(text: string): Uint8Array {
  return utf8Bytes(text);
}

/** `name: value` as MQTTX writes it, or `name=value`: whichever sign comes first. */
export function toUserProperties(
  text: string,
  before: readonly UserProperty[] | undefined,
): readonly UserProperty[] {
  if (/^\w+:\/\//.test(text)) {
    throw new InvalidArgumentError('It takes all that follows: write the address before it.');
  }
  const [, name, value] = /^([^:=]*)(?:: ?|=)(.*)$/su.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('It is name=value or "name: value".');
  return [...(before ?? []), [name.trim(), value]];
}

/** Gathers an option that may be repeated. */
export function toList(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** The same, where each time may give several with commas between them. */
export function toParts(text: string, before: readonly string[] | undefined): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...(before ?? []), ...parts.filter((part) => part !== '')];
}
