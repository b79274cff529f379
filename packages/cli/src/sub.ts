// `anax sub`: subscribes, and prints what comes until it is stopped, has enough, or the time is over.
// Owns the verb: how messages are printed, when it ends, and its exit code.

import type { SubscribeOptions } from '@anax/client';
import {
  type Dialect,
  type MqttError,
  type QoS,
  type RetainHandling,
  VARIABLE_BYTE_INTEGER_MAX,
} from '@anax/protocol';
import { type Command, Option } from 'commander';
import { connectingOf, given, requireSayable } from './connection/connect-options.ts';
import { failureLines } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { Incoming } from './connection/incoming.ts';
import { type LineOf, lineMaker, type ShowFlags } from './connection/message-lines.ts';
import { withClient } from './connection/open.ts';
import { addConnectOptions, atAddress } from './connection/prepare.ts';
import { isGranted, requireFilters } from './connection/subscribing.ts';
import { addExplainAside, explainedAside } from './connection/trace.ts';
import {
  toList,
  toMilliseconds,
  toQos,
  toRetainHandling,
  toUserProperties,
  toWhole,
} from './connection/values.ts';
import { SHOWN_FORMATS } from './payload/index.ts';
import { counted } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, OutputClosed } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb } from './world/verb.ts';

interface Flags extends ConnectFlags, ShowFlags {
  readonly topic?: readonly string[];
  readonly qos: QoS;
  readonly count?: number;
  readonly timeout?: number;
  readonly local: boolean;
  readonly retainAsPublished?: true;
  readonly retainHandling?: RetainHandling;
  readonly subscriptionIdentifier?: number;
}

const OPTION_FLAGS = ['local', 'retainAsPublished', 'retainHandling'] as const;
const PROPERTY_FLAGS = ['subscriptionIdentifier', 'userProperties'] as const;

const HELP = `
Each message is its payload and a line end: as it came where the output is piped, and on a terminal with what a terminal
would obey escaped, or in hex where it is no text. --verbose puts the topic before it.

--format says how payloads are shown: text, json (on one line), hex, base64, cbor (in its diagnostic notation, which is JSON where
that has words for it); raw is byte for byte, auto what it does on a terminal: CBOR where Content Type says so, else text, else hex.
A payload that is not in that format is told on standard error. With --json the line says how it is written: payload, payloadHex,
payloadBase64, payloadJson or payloadCbor, and what does not fit is text or hex. \`anax pub --ndjson\` publishes such lines.

With --no-clean, a --client-id and --session-expiry-interval the broker keeps messages for the next time.

Examples:
  $ anax sub -t hello
  $ anax sub -t 'sensors/+/temperature' -t 'alarms/#' -q 1 -v
  $ anax sub -t hello -C 1 -W 10                        one message, within 10 seconds
  $ anax sub -t '#' --json | jq -r .topic
  $ anax sub -t 'fleet/#' --format cbor -v

Exit codes: 0 ended as asked, 1 refused (every filter), not reached or lost, or fewer than --count within --timeout,
2 wrong usage.`;

/** The verb for the program `anax`. */
export function subCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('sub', edgesOf);
  const command = verb.command
    .description('subscribe, and print the messages that come')
    .argument('[address]', 'mqtt://user:password@host:port instead of options');
  addSubscription(command);
  addConnectOptions(verb, 'connUserProperties');
  return atAddress(verb, HELP, run);
}

function addSubscription(command: Command): void {
  command
    .optionsGroup('The subscription:')
    .option('-t, --topic <filter>', 'topic filter; may be repeated', toList)
    .option('-q, --qos <qos>', '0, 1 or 2', toQos, 0)
    .option(
      '-C, --count <number>',
      'end after so many messages',
      toWhole(1, Number.MAX_SAFE_INTEGER, 'messages'),
    )
    .option('-W, --timeout <seconds>', 'end after this time', toMilliseconds)
    .option('-v, --verbose', 'the topic before each message')
    .option('--json', 'one line of JSON for each message')
    .addOption(
      new Option('--format <format>', 'how payloads are shown (default: raw, on a terminal auto)').choices(
        SHOWN_FORMATS,
      ),
    );
  addExplainAside(command)
    .optionsGroup('The subscription, MQTT 5 only:')
    .option('--no-local', 'no messages that this client published')
    .option('--retain-as-published', 'messages keep their retain flag')
    .option(
      '--retain-handling <number>',
      '0 retained messages come, 1 only if it is new, 2 never',
      toRetainHandling,
    )
    .option(
      '--subscription-identifier <number>',
      'a number that its messages carry',
      toWhole(1, VARIABLE_BYTE_INTEGER_MAX),
    )
    .option('--user-properties <pairs...>', 'name=value or "name: value"; may be repeated', toUserProperties);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  const { dialect } = connecting;
  const request = requestOf(flags, dialect);
  const lineOf = lineMaker('sub', flags, edges);
  const trace = explainedAside(flags, dialect, edges);
  const failed = (error: MqttError): void => complain('sub', failureLines(error, connecting), edges);
  const incoming = new Incoming();
  const { onMessage } = incoming;
  return withClient(connecting, edges, { failed, onMessage, ...trace }, async (client) => {
    const subscription = client.subscribe(request.filters, request.options);
    incoming.from(subscription);
    if (!(await isGranted(subscription, flags.qos, 'sub', edges))) return EXIT.failed;
    return listen(incoming, lineOf, flags, edges);
  });
}

interface Request {
  readonly filters: readonly string[];
  readonly options: SubscribeOptions;
}

/** @throws UsageError */
function requestOf(flags: Flags, dialect: Dialect): Request {
  const { topic: filters = [], qos, local, retainAsPublished = false, retainHandling = 0 } = flags;
  requireFilters(filters, dialect);
  requireSayable(flags, dialect, OPTION_FLAGS, 'subscriptionOptions');
  requireSayable(flags, dialect, PROPERTY_FLAGS);
  const { subscriptionIdentifier: identifier, userProperties } = flags;
  const subscriptionIdentifiers = identifier === undefined ? undefined : [identifier];
  const properties = given({ subscriptionIdentifiers, userProperties });
  // Messages are shown as they came: with no identifier that nobody asked for.
  const options = { qos, noLocal: !local, retainAsPublished, retainHandling, properties, identified: false };
  return { filters, options };
}

async function listen(incoming: Incoming, lineOf: LineOf, flags: Flags, edges: Edges): Promise<ExitCode> {
  const { count = Number.POSITIVE_INFINITY, timeout } = flags;
  const stopped = edges.stopped();
  const over = timeout === undefined ? stopped : AbortSignal.any([stopped, AbortSignal.timeout(timeout)]);
  const begunAt = edges.clock.now();
  let messages = 0;
  while (messages < count) {
    const message = await incoming.next(over);
    if (message === undefined) break;
    const line = lineOf(message);
    if (line !== undefined) await edges.write(line);
    messages += 1;
  }
  if (incoming.dropped > 0)
    complain('sub', `${incoming.dropped} messages were dropped: the output is too slow`, edges);
  // Where nobody reads any more there is nothing to say.
  if (stopped.aborted && !(stopped.reason instanceof OutputClosed)) {
    const seconds = ((edges.clock.now() - begunAt) / 1000).toFixed(1);
    complain('sub', `${counted(messages, 'message')} in ${seconds} s`, edges);
    return EXIT.good;
  }
  if (flags.count === undefined || messages === count || stopped.aborted) return EXIT.good;
  complain('sub', `${messages} of ${count} messages came in time`, edges);
  return EXIT.failed;
}
