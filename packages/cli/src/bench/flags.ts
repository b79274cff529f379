// The options that the verbs of a benchmark share. Owns names, bounds and help, and what they mean together; opens nothing.

import { PACKET_BYTES_MAX, parseTopicName, type QoS, topicNameProblem } from '@anax/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { type Connecting, connectingOf } from '../connection/connect-options.ts';
import type { ConnectFlags } from '../connection/flags.ts';
import { addLiveOptions } from '../connection/live-options.ts';
import { addConnectOptions } from '../connection/prepare.ts';
import { requireFilters } from '../connection/subscribing.ts';
import { toDuration, toQos, toWhole } from '../connection/values.ts';
import { UsageError } from '../world/edges.ts';
import type { Verb } from '../world/verb.ts';
import { differs, unknownSign } from './pattern.ts';
import { STAMP_BYTES } from './stamp.ts';

const CLIENTS_MAX = 1_000_000;
const WINDOW_MAX = 65_535;
const RATE_MAX = 10_000_000;
/** What one client may have under way, beside its first message: the client refuses more than it can hold. */
const WINDOW_BYTES_MAX = 16 * 1024 * 1024;

/** What a sequence check finds. */
export const FLAWS = ['lost', 'duplicated', 'reordered'] as const;
export type Flaw = (typeof FLAWS)[number];

export interface BenchFlags extends ConnectFlags {
  readonly clients: number;
  readonly connectRate?: number;
  readonly connecting: number;
  readonly for?: number;
  readonly every?: number;
  readonly quiet?: true;
  readonly json?: true;
}

export interface MessageFlags extends BenchFlags {
  readonly topic: string;
  readonly topics: number;
  readonly qos: QoS;
  readonly count?: number;
  readonly warmUp: number;
}

export interface CheckedFlags {
  readonly tolerate?: readonly Flaw[];
}

export interface LoadFlags extends MessageFlags {
  readonly retain?: true;
  readonly size: number;
  readonly rate?: number;
  readonly ratePerClient?: number;
  readonly window: number;
}

export function addClients(command: Command, verb: 'conn' | 'other'): Command {
  return command
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('The clients:')
    .option(
      '-n, --clients <number>',
      'how many',
      toWhole(1, CLIENTS_MAX, 'clients'),
      verb === 'conn' ? 100 : 1,
    )
    .option('--connect-rate <rate>', 'begin so many connections a second (default: no pace)', toRate)
    .option('--connecting <number>', 'so many may wait for CONNACK at once', toWhole(1, CLIENTS_MAX), 100);
}

export function addMessages(command: Command, topic: string, what: string): Command {
  return command
    .option('-t, --topic <pattern>', `${what}; %i is the client's number, see below`, topic)
    .option('--topics <number>', 'how many different %t there are', toWhole(1, CLIENTS_MAX, 'topics'), 1)
    .option('-q, --qos <qos>', '0, 1 or 2', toQos, 0)
    .option('-C, --count <number>', 'end after so many messages in all', toWhole(1, Number.MAX_SAFE_INTEGER))
    .option('--warm-up <time>', 'leave this time at the begin out of rates and latencies', toDuration, 0);
}

export function addLoad(command: Command, windowText: string, window: number): Command {
  return command
    .option('-r, --retain', 'the broker keeps the last one of each topic')
    .option('--size <bytes>', 'of a payload', toWhole(STAMP_BYTES, PACKET_BYTES_MAX - 65_600, 'bytes'), 64)
    .option('--rate <rate>', 'messages a second of all clients (default: as fast as it goes)', toRate)
    .option('--rate-per-client <rate>', 'messages a second of each client', toRate)
    .option('--window <number>', windowText, toWhole(1, WINDOW_MAX, 'messages'), window);
}

export function addChecks(command: Command): Command {
  return command.option(
    '--tolerate <flaws>',
    'with commas between: lost, duplicated, reordered do not fail the run',
    toFlaws,
  );
}

export function addEnding(verb: Verb, text: string): void {
  verb.command.option('--for <time>', text, toDuration);
  addLiveOptions(verb.command, 'the result as JSON');
  addConnectOptions(verb, 'connUserProperties');
}

function toRate(text: string): number {
  const rate = Number(text);
  if (/^\d*\.?\d+$/.test(text) && rate > 0 && rate <= RATE_MAX) return rate;
  throw new InvalidArgumentError(`It is a number a second above 0, ${RATE_MAX} at most.`);
}

function toFlaws(text: string): readonly Flaw[] {
  const names = text.split(',').map((name) => name.trim());
  const flaws = FLAWS.filter((flaw) => names.includes(flaw));
  if (flaws.length === names.length) return flaws;
  throw new InvalidArgumentError('It is lost, duplicated or reordered, with commas between.');
}

/** The connection of all clients; names of each are put in later. @throws UsageError */
export function connectingAll(address: string | undefined, flags: BenchFlags): Connecting {
  if (flags.clean === false || flags.disableCleanSession === true) {
    throw new UsageError('the clients of a benchmark begin new sessions: leave --no-clean out');
  }
  const connecting = connectingOf(address, flags, 'connUserProperties');
  const { clientId, userName } = connecting.options;
  requireSigns('--client-id', clientId ?? '');
  requireSigns('--username', userName ?? '');
  if (clientId !== undefined && flags.clients > 1 && !differs(clientId)) {
    throw new UsageError(
      '--client-id has to have %i in it: of two clients with one name the broker ends the first',
    );
  }
  return connecting;
}

/** @throws UsageError */
export function requireTopicPattern(pattern: string): void {
  requireSigns('--topic', pattern);
  if (parseTopicName(pattern) !== undefined) return;
  const problem = topicNameProblem(pattern);
  throw new UsageError(
    `--topic ${JSON.stringify(pattern)} ${problem?.message ?? 'is no topic name'} ${problem?.clause}`,
  );
}

/** @throws UsageError */
export function requireFilterPattern(pattern: string, { dialect }: Connecting): void {
  requireSigns('--topic', pattern);
  requireFilters([pattern], dialect);
}

function requireSigns(option: string, pattern: string): void {
  const sign = unknownSign(pattern);
  // In a name that is no pattern of ours a % stands for itself only where it is doubled.
  if (sign !== undefined)
    throw new UsageError(`${option}: ${sign} stands for nothing; there are %i, %t, %c and %%`);
}

/** Messages a second of all clients. @throws UsageError */
export function rateOf({ rate, ratePerClient, clients }: LoadFlags): number {
  if (rate !== undefined && ratePerClient !== undefined) {
    throw new UsageError('give --rate or --rate-per-client, not both');
  }
  return rate ?? (ratePerClient === undefined ? Number.POSITIVE_INFINITY : ratePerClient * clients);
}

/** Messages, fewer than asked for where they are large. */
export function windowOf({ window, size }: LoadFlags): number {
  return Math.max(1, Math.min(window, Math.floor(WINDOW_BYTES_MAX / size)));
}

export const PATTERN_HELP = `
In --topic, --client-id and --username %i is the number of the client, from 0; %t that number modulo --topics; %c its client
identifier; %% a %.`;
