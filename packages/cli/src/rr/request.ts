// `anax rr request`: publishes a request, waits for the response, and prints it. Owns the verb and its exit code.

import type { RequestOptions } from '@anax/client';
import { type Dialect, MqttError, PACKET_BYTES_MAX, type QoS, utf8Bytes } from '@anax/protocol';
import { type Command, Option } from 'commander';
import { connectingOf, given, requireTopic } from '../connection/connect-options.ts';
import { failureLines, isConnectionFailure, saidOf } from '../connection/failures.ts';
import type { ConnectFlags } from '../connection/flags.ts';
import { lineMaker } from '../connection/message-lines.ts';
import { withClient } from '../connection/open.ts';
import { addConnectOptions, atAddress } from '../connection/prepare.ts';
import { addExplainAside, explainedAside } from '../connection/trace.ts';
import { toMilliseconds, toQos, toUserProperties, toWhole } from '../connection/values.ts';
import {
  FormatFault,
  payloadOf,
  SHOWN_FORMATS,
  type ShownFormat,
  TYPED_FORMATS,
  type TypedFormat,
} from '../payload/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import { readAll } from '../world/input.ts';
import { complain, newVerb } from '../world/verb.ts';

interface Flags extends ConnectFlags {
  readonly topic?: string;
  readonly message?: string;
  readonly file?: string;
  readonly stdin?: true;
  readonly nullMessage?: true;
  readonly qos: QoS;
  readonly format?: TypedFormat;
  readonly responseFormat?: ShownFormat;
  readonly timeout: number;
  readonly responseTopic?: string;
  readonly contentType?: string;
  readonly messageExpiryInterval?: number;
  readonly verbose?: true;
  readonly json?: true;
}

const TIMEOUT_MS = 30_000;

const HELP = `
It subscribes to a response topic of its own (below what the broker says with Response Information, with --req-response-info),
publishes the request with it and with Correlation Data that nobody can guess, and takes the first message that carries it.

Examples:
  $ anax rr request -t time -m now
  $ anax rr request -t fleet/7/do --format json -m '{"lock": true}' --timeout 5
  $ anax rr request -t scan -f page.png --response-format json

Exit codes: 0 a response came, 1 none within --timeout, or refused, not reached or lost, 2 wrong usage.`;

export function requestCommand(edgesOf: () => Edges): Command {
  const verb = newVerb('rr request', edgesOf);
  verb.command
    .description('publish a request, and print the response')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('The request:')
    .option('-t, --topic <topic>', 'where it goes')
    .option('-m, --message <text>', 'what it says')
    .option('-f, --file <file>', 'what it says is in a file')
    .option('-s, --stdin', 'what it says is on standard input')
    .option('-n, --null-message', 'it says nothing')
    .option('-q, --qos <qos>', '0, 1 or 2', toQos, 1)
    .addOption(
      new Option('--format <format>', 'what is typed (default: as it stands)').choices(TYPED_FORMATS),
    )
    .option('--content-type <type>', 'Content Type')
    .option('--message-expiry-interval <seconds>', 'drop it after this', toWhole(0, 4_294_967_295, 'seconds'))
    .option('--response-topic <topic>', 'where the response shall come (default: one of its own)')
    .option('--user-properties <pairs...>', 'name=value or "name: value"; may be repeated', toUserProperties)
    .optionsGroup('The response:')
    .option('--timeout <seconds>', 'give up after this', toMilliseconds, TIMEOUT_MS)
    .addOption(
      new Option(
        '--response-format <format>',
        'how it is shown (default: --format, or raw, on a terminal auto)',
      ).choices(SHOWN_FORMATS),
    )
    .option('-v, --verbose', 'its topic before it')
    .option('--json', 'a line of JSON, as of `anax sub --json`');
  addExplainAside(verb.command);
  addConnectOptions(verb, 'connUserProperties');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  requireFive(connecting.dialect);
  const { topic, responseFormat = flags.format } = flags;
  if (topic === undefined) throw new UsageError('give --topic');
  requireTopic('--topic', topic);
  const options = optionsOf(flags);
  const payload = await requestPayload(flags, edges);
  const shown = given({ json: flags.json, verbose: flags.verbose, format: responseFormat });
  const lineOf = lineMaker('rr request', shown, edges);
  const trace = explainedAside(flags, connecting.dialect, edges);
  const failed = (error: MqttError): void => complain('rr request', failureLines(error, connecting), edges);
  return withClient(connecting, edges, { failed, ...trace }, async (client) => {
    try {
      const response = await client.request(topic, payload, { ...options, signal: edges.stopped() });
      const line = lineOf(response);
      if (line === undefined) return EXIT.failed;
      await edges.write(line);
      return EXIT.good;
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      if (isConnectionFailure(error) && !edges.stopped().aborted) throw error;
      complain(
        'rr request',
        edges.stopped().aborted ? 'stopped before a response came' : saidOf(error),
        edges,
      );
      return EXIT.failed;
    }
  });
}

/** @throws UsageError */
export function requireFive(dialect: Dialect): void {
  if (!dialect.properties)
    throw new UsageError(`request and response need MQTT 5: MQTT ${dialect.name} has no Response Topic`);
}

function optionsOf(flags: Flags): RequestOptions {
  const { qos, timeout: timeoutMs, responseTopic } = flags;
  if (responseTopic !== undefined) requireTopic('--response-topic', responseTopic);
  const properties = given({
    messageExpiryInterval: flags.messageExpiryInterval,
    userProperties: flags.userProperties,
    contentType: flags.contentType,
  });
  return { qos, timeoutMs, properties, ...given({ responseTopic }) };
}

const SOURCES = ['message', 'file', 'stdin', 'nullMessage'] as const;

/** @throws UsageError */
async function requestPayload(flags: Flags, edges: Edges): Promise<Uint8Array> {
  const [source, ...others] = SOURCES.filter((one) => flags[one] !== undefined);
  if (source === undefined || others.length > 0)
    throw new UsageError('give one of --message, --file, --stdin and --null-message');
  if (source === 'nullMessage') return new Uint8Array(0);
  const { message = '', file = '' } = flags;
  try {
    if (source === 'message') return payloadOf(utf8Bytes(message), flags.format);
    if (source === 'stdin')
      return payloadOf(await readAll(edges.standardInput.read(), PACKET_BYTES_MAX), flags.format);
    return payloadOf(await edges.readFile(file), flags.format);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const name = source === 'message' ? '--message' : source === 'stdin' ? 'standard input' : file;
    if (error instanceof FormatFault) throw new UsageError(`${name} ${error.message}`);
    throw new UsageError(`cannot read ${name}: ${error instanceof Error ? error.message : error}`);
  }
}
