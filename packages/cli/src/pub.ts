// `anax pub`: publishes one message, or many from a file or standard input, and waits for the last acknowledgement.
// Owns the verb: what its messages are, and how it connects for them.

import { randomBytes } from 'node:crypto';
import type { Dialect, MqttError, PropertiesOf } from '@anax/protocol';
import { type Command, Option } from 'commander';
import {
  type Connecting,
  connectingOf,
  given,
  requireSayable,
  requireTopic,
} from './connection/connect-options.ts';
import { failureLines } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { withClient } from './connection/open.ts';
import { addConnectOptions, atAddress } from './connection/prepare.ts';
import { RECONNECT, tellReconnects } from './connection/reconnecting.ts';
import { addExplainAside, explainedAside } from './connection/trace.ts';
import { toBytes, toQos, toUserProperties, toWhole } from './connection/values.ts';
import { PublishWindow } from './connection/window.ts';
import { TYPED_FORMATS } from './payload/index.ts';
import { Publishing } from './publishing/publishing.ts';
import { type SourceFlags, sourceOf } from './publishing/sources.ts';
import type { Edges, ExitCode } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb } from './world/verb.ts';

interface Flags extends ConnectFlags, SourceFlags {
  readonly payloadFormatIndicator?: true;
  readonly messageExpiryInterval?: number;
  readonly topicAlias?: number;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly contentType?: string;
}

const PROPERTY_FLAGS = [
  'payloadFormatIndicator',
  'messageExpiryInterval',
  'topicAlias',
  'responseTopic',
  'correlationData',
  'contentType',
  'userProperties',
] as const;

/** How long the broker keeps the session of one that publishes lines, while there is no connection. */
const SESSION_SECONDS = 300;

const HELP = `
At QoS 0 it ends when the message has been sent, at QoS 1 and 2 when the broker has acknowledged it. It says nothing
unless the broker has something to say. --user-properties go with the message, --conn-user-properties
with CONNECT.

--format says what is typed: text (UTF-8), json (both are checked and sent as they stand), hex, base64, or cbor: JSON that is sent
as CBOR. Without it the payload is what was typed, byte for byte.

With --lines and --ndjson each line is a message, of standard input or of --file, and a connection that is lost is made again:
nothing is lost above QoS 0. For that it gives itself a client identifier and asks for a session of ${SESSION_SECONDS} seconds (MQTT 5)
unless the options say otherwise. A line of --ndjson is what \`anax sub --json\` writes: topic, qos, retain and properties where
they differ from the options, and one of payload (text, or as --format says), payloadHex, payloadBase64, payloadJson, payloadCbor.

Examples:
  $ anax pub -t hello -m world
  $ anax pub -h broker.example -t lights/1 -q 1 -r -m on
  $ anax pub -t fleet/7 --format cbor -m '{"speed": 61.5}'
  $ anax pub -t log -q 1 -l < log.txt
  $ anax pub -q 1 --ndjson -f messages.ndjson
  $ anax sub -t '#' --json | anax pub --ndjson mqtt://other.example
  $ anax pub -t lights/1 -r -n                          the retained message is removed

Exit codes: 0 published, 1 refused, not reached or lost, 2 wrong usage or a line that is wrong.`;

/** The verb for the program `anax`. */
export function pubCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('pub', edgesOf);
  const command = verb.command
    .description('publish messages')
    .argument('[address]', 'mqtt://user:password@host:port instead of options');
  addMessage(command);
  addConnectOptions(verb, 'connUserProperties');
  return atAddress(verb, HELP, run);
}

function addMessage(command: Command): void {
  command
    .optionsGroup('The message:')
    .option('-t, --topic <topic>', 'where it goes')
    .option('-m, --message <text>', 'what it says')
    .option('-f, --file <file>', 'what it says is in a file')
    .option('-s, --stdin', 'what it says is on standard input')
    .option('-l, --lines', 'each line of standard input, or of --file, is a message')
    .option('--ndjson', 'each line is a message in JSON with its topic')
    .option('-n, --null-message', 'it says nothing')
    .addOption(
      new Option('--format <format>', 'what is typed (default: as it stands)').choices(TYPED_FORMATS),
    )
    .addOption(new Option('--line-mode').hideHelp())
    .option('-q, --qos <qos>', '0, 1 or 2', toQos, 0)
    .option('-r, --retain', 'the broker keeps it for those who subscribe later');
  addExplainAside(command)
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
  const asked = connectingOf(address, flags, 'connUserProperties');
  const source = await sourceOf(flags, propertiesOf(flags, asked.dialect), edges);
  const connecting = source.many ? lasting(asked, flags) : asked;
  const trace = explainedAside(flags, connecting.dialect, edges);
  const failed = (error: MqttError): void => complain('pub', failureLines(error, connecting), edges);
  const hooks = { failed, reconnect: source.many && RECONNECT, ...trace };
  return withClient(connecting, edges, hooks, async (client) => {
    const window = new PublishWindow(client, edges.stopped(), source.many);
    const publishing = new Publishing(source, window, connecting.dialect, edges);
    if (source.many) tellReconnects(client, 'pub', edges, publishing.clear);
    const code = await publishing.run();
    if (connecting !== asked && client.connected) await client.disconnect(SESSION_OVER);
    return code;
  });
}

/** Of the session that only `lasting` asked for, nothing is left. [5:3.14.2.2.2] */
const SESSION_OVER = { properties: { sessionExpiryInterval: 0 } };

/** A session that outlives a connection, under a name to come back with: then QoS 2 is exactly once, also across connections. */
function lasting(connecting: Connecting, { qos, sessionExpiryInterval, ndjson }: Flags): Connecting {
  const { dialect, options } = connecting;
  if (!dialect.properties || sessionExpiryInterval !== undefined || (qos === 0 && !ndjson)) return connecting;
  const { clientId = `anax-pub-${randomBytes(6).toString('hex')}`, properties } = options;
  return {
    ...connecting,
    options: { ...options, clientId, properties: { sessionExpiryInterval: SESSION_SECONDS, ...properties } },
  };
}

/** In the order of the standard. [5:3.3.2.3] @throws UsageError */
function propertiesOf(flags: Flags, dialect: Dialect): PropertiesOf<'publish'> {
  if (flags.topic !== undefined) requireTopic('--topic', flags.topic);
  if (flags.responseTopic !== undefined) requireTopic('--response-topic', flags.responseTopic);
  requireSayable(flags, dialect, PROPERTY_FLAGS);
  return given({
    payloadFormatIndicator: flags.payloadFormatIndicator ? (1 as const) : undefined,
    messageExpiryInterval: flags.messageExpiryInterval,
    topicAlias: flags.topicAlias,
    responseTopic: flags.responseTopic,
    correlationData: flags.correlationData,
    userProperties: flags.userProperties,
    contentType: flags.contentType,
  });
}
