// `anax pub`: publishes one message, or each line of standard input as one, and waits for the last acknowledgement.
// Owns the verb: where the messages come from, what is said of their fate, and its exit code.

import type { Client, PublishOptions, PublishResult } from '@anax/client';
import {
  type Dialect,
  type MqttError,
  PACKET_BYTES_MAX,
  type QoS,
  reasonTitle,
  utf8Bytes,
} from '@anax/protocol';
import type { Command } from 'commander';
import { connectingOf, given, requireSayable, requireTopic } from './connection/connect-options.ts';
import { failureLines, saidOf } from './connection/failures.ts';
import { addConnectOptions, type ConnectFlags } from './connection/flags.ts';
import { aborted, withClient } from './connection/open.ts';
import { explainedAside } from './connection/trace.ts';
import { toBytes, toQos, toUserProperties, toWhole } from './connection/values.ts';
import { type Fate, PublishWindow } from './connection/window.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { linesOf, readAll } from './world/input.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb, perform } from './world/verb.ts';

interface Flags extends ConnectFlags {
  readonly topic?: string;
  readonly qos: QoS;
  readonly retain?: true;
  readonly message?: string;
  readonly file?: string;
  readonly stdin?: true;
  readonly lineMode?: true;
  readonly nullMessage?: true;
  readonly payloadFormatIndicator?: true;
  readonly messageExpiryInterval?: number;
  readonly topicAlias?: number;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly contentType?: string;
}

const SOURCES = ['message', 'file', 'stdin', 'lineMode', 'nullMessage'] as const;

const PROPERTY_FLAGS = [
  'payloadFormatIndicator',
  'messageExpiryInterval',
  'topicAlias',
  'responseTopic',
  'correlationData',
  'contentType',
  'userProperties',
] as const;

const HELP = `
At QoS 0 it ends when the message has been sent, at QoS 1 and 2 when the broker has acknowledged it. It says nothing
unless the broker has something to say. --user-properties go with the message, --conn-user-properties
with CONNECT.

Examples:
  $ anax pub -t hello -m world
  $ anax pub -h broker.example -t lights/1 -q 1 -r -m on
  $ anax pub -t log -q 1 -l < log.txt
  $ anax pub -t lights/1 -r -n                          the retained message is removed

Exit codes: 0 published, 1 refused, not reached or lost, 2 wrong usage.`;

/** The verb for the program `anax`. */
export function pubCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('pub', edgesOf);
  const command = verb.command
    .description('publish messages')
    .argument('[address]', 'mqtt://user:password@host:port instead of options');
  addMessage(command);
  return addConnectOptions(command, 'connUserProperties')
    .addHelpText('after', HELP)
    .action((address: string | undefined, flags: Flags) =>
      perform(verb, (edges) => run(address, flags, edges)),
    );
}

function addMessage(command: Command): void {
  command
    .optionsGroup('The message:')
    .option('-t, --topic <topic>', 'where it goes')
    .option('-m, --message <text>', 'what it says')
    .option('-f, --file <file>', 'what it says is in a file')
    .option('-s, --stdin', 'what it says is on standard input')
    .option('-l, --line-mode', 'each line of standard input is a message')
    .option('-n, --null-message', 'it says nothing')
    .option('-q, --qos <qos>', '0, 1 or 2', toQos, 0)
    .option('-r, --retain', 'the broker keeps it for those who subscribe later')
    .option('--explain', 'each packet sent and received, byte by byte with its fields, on standard error')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR')
    .optionsGroup('The message, MQTT 5 only:')
    .option('--payload-format-indicator', 'say that it is UTF-8 text')
    .option('--message-expiry-interval <seconds>', 'drop it after this', toWhole(0, 4_294_967_295, 'seconds'))
    .option('--content-type <type>', 'Content Type')
    .option('--response-topic <topic>', 'where an answer is expected')
    .option('--correlation-data <text>', 'what the answer shall carry', toBytes)
    .option('--topic-alias <number>', 'Topic Alias', toWhole(1, 65_535))
    .option('--user-properties <pairs...>', 'name=value or "name: value"; may be repeated', toUserProperties);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  const { dialect } = connecting;
  const publication = publicationOf(flags, dialect);
  const payloads = await payloadsOf(flags, edges);
  const trace = explainedAside(flags, dialect, edges);
  const failed = (error: MqttError): void => complain('pub', failureLines(error, connecting), edges);
  return withClient(connecting, edges, { failed, ...trace }, (client) =>
    publishAll({ client, edges, ...publication }, payloads),
  );
}

interface Publication {
  readonly topic: string;
  readonly options: PublishOptions;
}

/** @throws UsageError */
function publicationOf(flags: Flags, dialect: Dialect): Publication {
  const { topic, qos, retain } = flags;
  if (topic === undefined) throw new UsageError('give --topic');
  requireTopic('--topic', topic);
  if (flags.responseTopic !== undefined) requireTopic('--response-topic', flags.responseTopic);
  requireSayable(flags, dialect, PROPERTY_FLAGS);
  // In the order of the standard. [5:3.3.2.3]
  const properties = given({
    payloadFormatIndicator: flags.payloadFormatIndicator ? (1 as const) : undefined,
    messageExpiryInterval: flags.messageExpiryInterval,
    topicAlias: flags.topicAlias,
    responseTopic: flags.responseTopic,
    correlationData: flags.correlationData,
    userProperties: flags.userProperties,
    contentType: flags.contentType,
  });
  return { topic, options: { qos, retain: retain === true, properties } };
}

/** What is published, message by message; ends early where the signal aborts. */
type Payloads = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** What can be read at once is read before anything is connected. @throws UsageError */
async function payloadsOf(flags: Flags, edges: Edges): Promise<Payloads> {
  const sources = SOURCES.filter((source) => flags[source] !== undefined);
  const [source] = sources;
  if (source === undefined || sources.length > 1) {
    throw new UsageError('give one of --message, --file, --stdin, --line-mode and --null-message');
  }
  if (source === 'lineMode') return (signal) => linesUntil(signal, edges);
  const payload = await payloadOf(source, flags, edges);
  return async function* () {
    yield payload;
  };
}

async function payloadOf(
  source: Exclude<(typeof SOURCES)[number], 'lineMode'>,
  { message = '', file = '' }: Flags,
  { readFile, standardInput }: Edges,
): Promise<Uint8Array> {
  switch (source) {
    case 'message':
      return utf8Bytes(message);
    case 'nullMessage':
      return new Uint8Array(0);
    case 'stdin':
      return readAll(standardInput.read(), PACKET_BYTES_MAX);
    case 'file':
      return readFile(file).catch((error: unknown) => {
        throw new UsageError(
          `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
        );
      });
  }
}

async function* linesUntil(signal: AbortSignal, { standardInput }: Edges): AsyncGenerator<Uint8Array, void> {
  try {
    yield* linesOf(standardInput.read(signal), PACKET_BYTES_MAX);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

interface Publishing extends Publication {
  readonly client: Client;
  readonly edges: Edges;
}

/** In order. A message that is refused is told, and the next one is sent all the same. */
async function publishAll(
  { client, edges, topic, options }: Publishing,
  payloads: Payloads,
): Promise<ExitCode> {
  const window = new PublishWindow(client, edges.stopped());
  let code: ExitCode = EXIT.good;
  const fate: Fate = {
    published: (result) => {
      const remark = remarkOf(result);
      if (remark !== undefined) complain('pub', remark, edges);
    },
    refused: (error) => {
      code = EXIT.failed;
      complain('pub', saidOf(error), edges);
    },
  };
  for await (const payload of payloads(window.over)) await window.put(topic, payload, options, fate);
  const unanswered = await window.settled(aborted(edges.stopped()));
  return unanswered === 0 ? code : EXIT.failed;
}

/** A reason code below 0x80 that is not Success, and what came with it. */
function remarkOf({ reasonCode, properties }: PublishResult): string | undefined {
  if (reasonCode === 0) return undefined;
  const why = properties.reasonString === undefined ? '' : `: ${properties.reasonString}`;
  return `published, 0x${reasonCode.toString(16).padStart(2, '0')} ${reasonTitle(reasonCode)}${why}`;
}
