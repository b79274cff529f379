// `anax record`: subscribes, and writes what comes as lines of JSON with the time of each message, for `anax replay`.
// Owns the verb: where the lines go, when it ends, its summary and its exit code.

import type { Client, Message, SubscribeOptions } from '@anax/client';
import type { Dialect, MqttError, QoS, RetainHandling } from '@anax/protocol';
import type { Command } from 'commander';
import { type Connecting, connectingOf, requireSayable } from './connection/connect-options.ts';
import { failureLines } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { Incoming } from './connection/incoming.ts';
import { withClient } from './connection/open.ts';
import { addConnectOptions, atAddress } from './connection/prepare.ts';
import { isGranted, requireFilters } from './connection/subscribing.ts';
import { addExplainAside, explainedAside } from './connection/trace.ts';
import { toDuration, toList, toQos, toRetainHandling, toWhole } from './connection/values.ts';
import { headerLine, messageLine } from './recording/line.ts';
import { LineWriter } from './recording/writer.ts';
import { counted } from './render/index.ts';
import { bytesText } from './store/common.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import type { FileToWrite } from './world/files.ts';
import { processEdges } from './world/process.ts';
import { progressBar } from './world/progress.ts';
import { complain, newVerb } from './world/verb.ts';

interface Flags extends ConnectFlags {
  readonly topic?: readonly string[];
  readonly qos: QoS;
  readonly output: string;
  readonly for?: number;
  readonly count?: number;
  readonly retainHandling?: RetainHandling;
}

const HELP = `
The first line says what it is: format, version, when it began and the filters. Each other line is a message: its time since
the begin in milliseconds, topic, QoS, retain, payload and properties. Bytes that are no UTF-8 text are base64.

It asks for QoS 2, so that each message comes with the QoS it was published with. In MQTT 5 messages keep their retain flag; in
3.1 and 3.1.1 only those have it that were retained before.

Ctrl-C ends it. The lines hold topics and payloads: a FILE is made for its owner only, and takes its place when it is complete;
until then it is FILE.unfinished. A connection that is lost ends it as well; what came until then is kept.

Examples:
  $ anax record -t 'sensors/#' --output day.ndjson
  $ anax record -t 'a/#' -t b --for 90s --output - | gzip > a.ndjson.gz
  $ anax record -h broker.example -t '#' --count 1000 --output sample.ndjson
  $ anax replay day.ndjson --speed 10

Exit codes: 0 ended as asked, 1 refused (every filter), not reached or lost, not all could be written, or fewer than --count
within --for, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function recordCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('record', edgesOf);
  verb.command
    .description('write the messages that come, with their times, for `anax replay`')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('The recording:')
    .option('-t, --topic <filter>', 'topic filter; may be repeated', toList)
    .option('-o, --output <file>', 'write to a file; - is standard output', '-')
    .option('--for <time>', 'end after this: 90s, 5m, 2h', toDuration)
    .option(
      '-C, --count <number>',
      'end after so many messages',
      toWhole(1, Number.MAX_SAFE_INTEGER, 'messages'),
    )
    .option('-q, --qos <qos>', '0, 1 or 2: what comes with more is recorded with this', toQos, 2)
    .option(
      '--retain-handling <number>',
      'MQTT 5: 0 retained messages come, 1 only if the subscription is new, 2 never',
      toRetainHandling,
    );
  addExplainAside(verb.command);
  addConnectOptions(verb, 'connUserProperties');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  const options = subscribingOf(flags, connecting.dialect);
  const recording = new Recording(await outputOf(flags.output, edges), edges, flags);
  try {
    const code = await recorded(connecting, options, recording, flags, edges);
    await recording.end();
    return code;
  } catch (error) {
    const left = await recording.giveUp();
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    complain('record', `${flags.output} cannot be written: ${error.message}`, edges);
    if (left !== undefined) complain('record', `what was written until then is in ${left}`, edges);
    return EXIT.failed;
  }
}

/** @throws UsageError */
function subscribingOf(flags: Flags, dialect: Dialect): SubscribeOptions {
  requireFilters(flags.topic ?? [], dialect);
  requireSayable(flags, dialect, ['retainHandling'], 'subscriptionOptions');
  const { qos, retainHandling = 0 } = flags;
  return { qos, retainAsPublished: dialect.subscriptionOptions, retainHandling };
}

type Output = Pick<FileToWrite, 'write' | 'keep' | 'drop'> & { readonly leave?: FileToWrite['leave'] };

/** Before anything is connected. @throws UsageError */
async function outputOf(file: string, edges: Edges): Promise<Output> {
  const nothing = async (): Promise<void> => undefined;
  if (file === '-') return { write: async (text) => edges.write(text), keep: nothing, drop: nothing };
  try {
    return await edges.fileToWrite(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${error instanceof Error ? error.message : error}`);
  }
}

/** From the header to the summary. Nothing is made where it never began. */
class Recording {
  readonly #output: Output;
  readonly #lines: LineWriter;
  readonly #edges: Edges;
  readonly #file: string;
  readonly #bar: ReturnType<typeof progressBar>;
  /** Undefined until it begins. */
  #begunAt: number | undefined;
  #bytes = 0;
  messages = 0;

  constructor(output: Output, edges: Edges, { output: file }: Flags) {
    this.#output = output;
    this.#lines = new LineWriter(output.write);
    this.#edges = edges;
    this.#file = file;
    // On one terminal it would stand between the lines.
    const columns = file === '-' && edges.terminal ? undefined : edges.errorColumns;
    const { writeError } = edges;
    this.#bar = progressBar({ writeError, errorColumns: columns }, 'messages recorded', undefined);
  }

  async begin(begunAt: number, startedAt: Date, filters: readonly string[]): Promise<void> {
    this.#begunAt = begunAt;
    await this.#lines.put(headerLine(startedAt, filters));
  }

  async add(message: Message, at: number): Promise<void> {
    await this.#lines.put(messageLine(message, Math.max(0, at - (this.#begunAt ?? at))));
    this.messages += 1;
    this.#bytes += message.payload.length;
    this.#bar.show(this.messages);
  }

  async end(): Promise<void> {
    if (this.#begunAt === undefined) return this.#output.drop();
    await this.#lines.flush();
    await this.#output.keep();
    this.#bar.clear();
    const seconds = ((this.#edges.clock.now() - this.#begunAt) / 1000).toFixed(1);
    const where = this.#file === '-' ? '' : `, in ${this.#file}`;
    const payloads = `${bytesText(this.#bytes)} of payload`;
    const told = `${counted(this.messages, 'message')}, ${payloads}, ${seconds} s${where}`;
    complain('record', told, this.#edges);
  }

  /** Where something is left that is worth more than nothing, returns its path. */
  async giveUp(): Promise<string | undefined> {
    this.#bar.clear();
    try {
      if (this.messages > 0 && this.#output.leave !== undefined) return await this.#output.leave();
      await this.#output.drop();
    } catch {
      // What failed before is told, and says more.
    }
    return undefined;
  }
}

async function recorded(
  connecting: Connecting,
  options: SubscribeOptions,
  recording: Recording,
  flags: Flags,
  edges: Edges,
): Promise<ExitCode> {
  const incoming = new Incoming();
  const arrivals = new WeakMap<Message, number>();
  const onMessage = (message: Message): void => {
    arrivals.set(message, edges.clock.now());
    incoming.onMessage(message);
  };
  const failed = (error: MqttError): void => complain('record', failureLines(error, connecting), edges);
  const trace = explainedAside(flags, connecting.dialect, edges);
  const { topic: filters = [], qos } = flags;
  return withClient(connecting, edges, { failed, onMessage, ...trace }, async (client: Client) => {
    const begunAt = edges.clock.now();
    const startedAt = new Date();
    const subscription = client.subscribe(filters, { ...options, identified: false });
    incoming.from(subscription);
    if (!(await isGranted(subscription, qos, 'record', edges))) return EXIT.failed;
    await recording.begin(begunAt, startedAt, filters);
    const add = (message: Message): Promise<void> =>
      recording.add(message, arrivals.get(message) ?? edges.clock.now());
    return listen(incoming, add, flags, edges);
  });
}

async function listen(
  incoming: Incoming,
  add: (message: Message) => Promise<void>,
  flags: Flags,
  edges: Edges,
): Promise<ExitCode> {
  const { count = Number.POSITIVE_INFINITY, for: forMs } = flags;
  const stopped = edges.stopped();
  const over = forMs === undefined ? stopped : AbortSignal.any([stopped, AbortSignal.timeout(forMs)]);
  let messages = 0;
  while (messages < count) {
    const message = await incoming.next(over);
    if (message === undefined) break;
    await add(message);
    messages += 1;
  }
  if (incoming.dropped > 0) {
    complain(
      'record',
      `${counted(incoming.dropped, 'message')} came too fast and are not in the recording`,
      edges,
    );
    return EXIT.failed;
  }
  if (flags.count === undefined || messages === count || stopped.aborted) return EXIT.good;
  complain('record', `${messages} of ${count} messages came in time`, edges);
  return EXIT.failed;
}
