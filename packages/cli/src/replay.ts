// `anax replay`: publishes what `anax record` wrote, at the times at which it came. Owns the verb: when each message is due,
// what is said of their fate, and its exit code.

import { type Dialect, type MqttError, NO_PROPERTIES, parseTopicName, type QoS } from '@anax/protocol';
import { type Command, InvalidArgumentError } from 'commander';
import { connectingOf, requireTopic } from './connection/connect-options.ts';
import { failureLines, saidOf } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { withClient } from './connection/open.ts';
import { addConnectOptions } from './connection/prepare.ts';
import { addExplainAside, explainedAside } from './connection/trace.ts';
import { toQos, toWhole } from './connection/values.ts';
import { type Fate, PublishWindow } from './connection/window.ts';
import { type NumberedMessage, type Source, sourceOf } from './recording/source.ts';
import { counted } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { type ProgressBar, progressBar } from './world/progress.ts';
import { complain, newVerb, perform } from './world/verb.ts';

/** One wait of the clock; longer ones are made of several. */
const WAIT_MS_MAX = 3_600_000;
/** What is worth being told. */
const LATE_MS_MIN = 1000;
/** What is told in lines. */
const TOLD_MAX = 100;

interface Flags extends ConnectFlags {
  readonly speed: number;
  readonly loop: number;
  readonly topicPrefix?: string;
  readonly qos?: QoS;
  readonly retain: boolean;
}

const HELP = `
Each message is published at its time since the begin, with its QoS, retain flag and properties. A file is checked before
anything is published: a line that is wrong is named with what was expected. Standard input is checked as it comes.

Where the broker is slower than the recording, what is due waits: nothing is left out, and it is told how late it was. Response
Topics are as recorded, without --topic-prefix. MQTT 3.1 and 3.1.1 have no properties: they are left out, which is told.

Examples:
  $ anax replay day.ndjson
  $ anax replay day.ndjson --speed 10 --topic-prefix test/
  $ anax replay day.ndjson --speed max --loop 100 -q 0
  $ gunzip < day.ndjson.gz | anax replay - mqtt://broker.example

Exit codes: 0 all published, or stopped by Ctrl-C with all that was sent acknowledged, 1 refused, not reached or lost, 2 wrong
usage or a line that is wrong.`;

/** The verb for the program `anax`. */
export function replayCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('replay', edgesOf);
  verb.command
    .description('publish what `anax record` wrote, at its times')
    .argument('<file>', 'of a recording; - is standard input')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('The replay:')
    .option('--speed <factor>', '2 is twice as fast; max does not wait', toSpeed, 1)
    .option('--loop <number>', 'so many times', toWhole(1, Number.MAX_SAFE_INTEGER), 1)
    .option('--topic-prefix <text>', 'put before each topic')
    .option('-q, --qos <qos>', '0, 1 or 2 for all (default: as recorded)', toQos)
    .option('--no-retain', 'none is retained (default: as recorded)');
  addExplainAside(verb.command);
  return addConnectOptions(verb, 'connUserProperties')
    .addHelpText('after', HELP)
    .action((file: string, address: string | undefined, flags: Flags) =>
      perform(verb, (edges) => run(file, address, flags, edges)),
    );
}

function toSpeed(text: string): number {
  const factor = text === 'max' ? Number.POSITIVE_INFINITY : Number(text);
  if (text === 'max' || (/^\d*\.?\d+$/.test(text) && factor > 0)) return factor;
  throw new InvalidArgumentError('It is a number above 0, or max.');
}

async function run(file: string, address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  if (flags.topicPrefix !== undefined) requireTopic('--topic-prefix', flags.topicPrefix);
  const source = await sourceOf(file, flags.loop, edges);
  const trace = explainedAside(flags, connecting.dialect, edges);
  const failed = (error: MqttError): void => complain('replay', failureLines(error, connecting), edges);
  return withClient(connecting, edges, { failed, ...trace }, async (client) => {
    const window = new PublishWindow(client, edges.stopped());
    const replay = new Replay(source, window, flags, connecting.dialect, edges);
    try {
      await replay.publishAll();
    } finally {
      // Also behind a line that is wrong: what was sent before it has a fate.
      await replay.settle();
    }
    return replay.code;
  });
}

class Replay {
  readonly #source: Source;
  readonly #window: PublishWindow;
  readonly #flags: Flags;
  readonly #dialect: Dialect;
  readonly #edges: Edges;
  readonly #bar: ProgressBar;
  readonly #begunAt: number;
  #sent = 0;
  #refused = 0;
  #unanswered = 0;
  #withoutProperties = 0;
  #lateMs = 0;

  constructor(source: Source, window: PublishWindow, flags: Flags, dialect: Dialect, edges: Edges) {
    this.#source = source;
    this.#window = window;
    this.#flags = flags;
    this.#dialect = dialect;
    this.#edges = edges;
    const total = source.messages === undefined ? undefined : source.messages * flags.loop;
    this.#bar = progressBar(
      edges,
      total === undefined ? 'messages replayed' : 'the messages replayed',
      total,
    );
    this.#begunAt = edges.clock.now();
  }

  get code(): ExitCode {
    return this.#refused === 0 && this.#unanswered === 0 ? EXIT.good : EXIT.failed;
  }

  /** A pass begins when the one before has sent its last message. */
  async publishAll(): Promise<void> {
    const { loop, speed } = this.#flags;
    const { over } = this.#window;
    let passAt = this.#begunAt;
    for (let pass = 0; pass < loop && !over.aborted; pass++) {
      let dueAt = passAt;
      for await (const numbered of this.#source.pass(over)) {
        dueAt = passAt + numbered.message.offsetMs / speed;
        if (!(await this.#due(dueAt))) break;
        await this.#publish(numbered);
      }
      passAt = dueAt;
    }
  }

  /** Tells the summary, also where the connection is lost. @throws MqttError for that */
  async settle(): Promise<void> {
    try {
      this.#unanswered = await this.#window.settledOrStopped(this.#edges);
    } finally {
      this.#bar.clear();
      complain('replay', this.#summary(), this.#edges);
    }
  }

  /** False where it is over before. */
  async #due(at: number): Promise<boolean> {
    const { clock } = this.#edges;
    const { over } = this.#window;
    while (!over.aborted) {
      const ms = at - clock.now();
      if (ms <= 0) {
        if (this.#flags.speed !== Number.POSITIVE_INFINITY) this.#lateMs = Math.max(this.#lateMs, -ms);
        return true;
      }
      await clock.wait(Math.min(ms, WAIT_MS_MAX), over);
    }
    return false;
  }

  async #publish({ line, message }: NumberedMessage): Promise<void> {
    const { topicPrefix = '', qos = message.qos, retain } = this.#flags;
    const topic = parseTopicName(topicPrefix + message.topic);
    if (topic === undefined) throw new UsageError(`line ${line}: with --topic-prefix the topic is too long`);
    const sayable = this.#dialect.properties;
    if (!sayable && Object.keys(message.properties).length > 0) this.#withoutProperties += 1;
    const properties = sayable ? message.properties : NO_PROPERTIES;
    this.#sent += 1;
    const options = { qos, retain: retain && message.retain, properties };
    await this.#window.put(topic, message.payload, options, this.#fateOf(line));
    this.#bar.show(this.#sent);
  }

  #fateOf(line: number): Fate {
    return {
      published: () => undefined,
      refused: (error) => {
        this.#refused += 1;
        if (this.#refused <= TOLD_MAX) complain('replay', `line ${line}: ${saidOf(error)}`, this.#edges);
      },
    };
  }

  #summary(): string {
    const seconds = ((this.#edges.clock.now() - this.#begunAt) / 1000).toFixed(1);
    const parts = [`${counted(this.#sent, 'message')} in ${seconds} s`];
    if (this.#refused > 0) parts.push(`${counted(this.#refused, 'message')} refused`);
    if (this.#unanswered > 0) parts.push(`${counted(this.#unanswered, 'message')} without acknowledgement`);
    if (this.#lateMs >= LATE_MS_MIN) parts.push(`up to ${(this.#lateMs / 1000).toFixed(1)} s late`);
    if (this.#withoutProperties > 0) {
      const without = counted(this.#withoutProperties, 'message');
      parts.push(`${without} without their properties, which MQTT ${this.#dialect.name} has not`);
    }
    return parts.join(', ');
  }
}
