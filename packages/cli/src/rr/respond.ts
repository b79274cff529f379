// `anax rr respond`: answers requests with what a command writes, with a text, or with the request itself. Owns the verb:
// what an answer is, what is told of each, when it ends, and its exit code.

import type { Client, Message, RespondOptions } from '@anax/client';
import { MqttError, PACKET_BYTES_MAX, type QoS, utf8Bytes } from '@anax/protocol';
import { type Command, Option } from 'commander';
import { connectingOf, given } from '../connection/connect-options.ts';
import { failureLines, saidOf } from '../connection/failures.ts';
import type { ConnectFlags } from '../connection/flags.ts';
import { aborted, withClient } from '../connection/open.ts';
import { addConnectOptions, atAddress } from '../connection/prepare.ts';
import { RECONNECT, tellReconnects } from '../connection/reconnecting.ts';
import { isGranted, requireFilters } from '../connection/subscribing.ts';
import { addExplainAside, explainedAside } from '../connection/trace.ts';
import { toList, toMilliseconds, toQos, toUserProperties, toWhole } from '../connection/values.ts';
import { FormatFault, payloadOf, TYPED_FORMATS, type TypedFormat } from '../payload/index.ts';
import { counted, printable } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import { complain, newVerb } from '../world/verb.ts';
import { requireFive } from './request.ts';

interface Flags extends ConnectFlags {
  readonly topic?: readonly string[];
  readonly qos: QoS;
  readonly exec?: string;
  readonly echo?: true;
  readonly message?: string;
  readonly format?: TypedFormat;
  readonly contentType?: string;
  readonly execTimeout: number;
  readonly atOnce: number;
  readonly count?: number;
  readonly verbose?: true;
}

const EXEC_TIMEOUT_MS = 30_000;
const AT_ONCE = 10;
const AT_ONCE_MAX = 1000;
/** What a command may write. */
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
/** How long a command that runs when the verb is stopped has to end. */
const FINISHED_MS_MAX = 2000;

const HELP = `
The response goes to the Response Topic of the request, with its Correlation Data and its QoS. --exec gives the command, which the
shell runs, the request on standard input; what it writes on standard output is the response. MQTT_TOPIC, MQTT_RESPONSE_TOPIC and
MQTT_CONTENT_TYPE are in its environment. Where its exit code is not 0, or it takes longer than --exec-timeout, there is no
response, which is told. Several requests are answered at once, --at-once of them; further ones wait.

A connection that is lost is made again. Ctrl-C takes no more requests, gives commands 2 seconds to end, and tells how many were
answered.

Examples:
  $ anax rr respond -t 'echo/#' --echo
  $ anax rr respond -t time --exec date
  $ anax rr respond -t 'jobs/+' --exec 'jq .id' --content-type application/json --at-once 4
  $ anax rr respond -t ping -m pong --count 1

Exit codes: 0 ended as asked, 1 refused (every filter), not reached or ended by the broker, 2 wrong usage.`;

export function respondCommand(edgesOf: () => Edges): Command {
  const verb = newVerb('rr respond', edgesOf);
  verb.command
    .description('answer requests')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('The requests:')
    .option('-t, --topic <filter>', 'topic filter; may be repeated', toList)
    .option('-q, --qos <qos>', '0, 1 or 2', toQos, 1)
    .option(
      '-C, --count <number>',
      'end after so many requests',
      toWhole(1, Number.MAX_SAFE_INTEGER, 'requests'),
    )
    .optionsGroup('The responses:')
    .option('--exec <command>', 'what a command writes, which has the request on standard input')
    .option('--echo', 'what the request says')
    .option('-m, --message <text>', 'this')
    .addOption(
      new Option('--format <format>', 'what --message is (default: as it stands)').choices(TYPED_FORMATS),
    )
    .option('--content-type <type>', 'Content Type (with --echo that of the request)')
    .option('--user-properties <pairs...>', 'name=value or "name: value"; may be repeated', toUserProperties)
    .option('--exec-timeout <seconds>', 'end a command after this', toMilliseconds, EXEC_TIMEOUT_MS)
    .option('--at-once <number>', 'commands at once', toWhole(1, AT_ONCE_MAX), AT_ONCE)
    .option('-v, --verbose', 'a line for each request');
  addExplainAside(verb.command);
  addConnectOptions(verb, 'connUserProperties');
  return atAddress(verb, HELP, run);
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  requireFive(connecting.dialect);
  requireFilters(flags.topic ?? [], connecting.dialect);
  const answering = new Answering(answerOf(flags, edges), flags, edges);
  const trace = explainedAside(flags, connecting.dialect, edges);
  const failed = (error: MqttError): void => complain('rr respond', failureLines(error, connecting), edges);
  return withClient(connecting, edges, { failed, reconnect: RECONNECT, ...trace }, async (client) => {
    tellReconnects(client, 'rr respond', edges);
    return answering.serve(client);
  });
}

type Answer = (request: Message, over: AbortSignal) => Uint8Array | Promise<Uint8Array>;

/** @throws UsageError */
function answerOf(flags: Flags, edges: Edges): Answer {
  const { exec, echo, message, format, execTimeout } = flags;
  if ([exec, echo, message].filter((one) => one !== undefined).length !== 1)
    throw new UsageError('give one of --exec, --echo and --message');
  if (exec !== undefined) return (request, over) => executed(exec, request, execTimeout, over, edges);
  if (message === undefined) return ({ payload }) => payload;
  try {
    const payload = payloadOf(utf8Bytes(message), format);
    return () => payload;
  } catch (error) {
    if (error instanceof FormatFault) throw new UsageError(`--message ${error.message}`);
    throw error;
  }
}

async function executed(
  command: string,
  { topic, payload, properties }: Message,
  timeoutMs: number,
  over: AbortSignal,
  edges: Edges,
): Promise<Uint8Array> {
  const late = new AbortController();
  const done = new AbortController();
  const end = (): void => late.abort(new Error('it was stopped'));
  over.addEventListener('abort', end, { once: true });
  void edges.clock.wait(timeoutMs, done.signal).then(() => {
    late.abort(new Error(`it took longer than ${timeoutMs / 1000} s`));
  });
  try {
    return await edges.execute(command, payload, {
      env: given({
        MQTT_TOPIC: topic as string,
        MQTT_RESPONSE_TOPIC: properties.responseTopic,
        MQTT_CONTENT_TYPE: properties.contentType,
      }) as Readonly<Record<string, string>>,
      outputBytesMax: Math.min(OUTPUT_BYTES_MAX, PACKET_BYTES_MAX),
      signal: late.signal,
      onError: (text) => complain('rr respond', text.trimEnd().split('\n'), edges),
    });
  } finally {
    done.abort();
    over.removeEventListener('abort', end);
  }
}

class Answering {
  readonly #answer: Answer;
  readonly #flags: Flags;
  readonly #edges: Edges;
  /** Ends what runs. */
  readonly #over = new AbortController();
  #underWay = 0;
  #answered = 0;
  #failed = 0;
  #nudge: () => void = () => {};

  constructor(answer: Answer, flags: Flags, edges: Edges) {
    this.#answer = answer;
    this.#flags = flags;
    this.#edges = edges;
  }

  async serve(client: Client): Promise<ExitCode> {
    const { topic: filters = [], qos } = this.#flags;
    const responder = client.respond(filters, (request) => this.#handle(request), this.#options());
    if (!(await isGranted(responder, qos, 'rr respond', this.#edges))) return EXIT.failed;
    this.#tellUnsent(client);
    const stopped = this.#edges.stopped();
    const ended = client.closed.then(({ error }) => error);
    const error = await Promise.race([ended, aborted(stopped).then(() => undefined), this.#enough()]);
    if (error === undefined) await this.#finish(() => responder.unsubscribe());
    this.#over.abort();
    complain('rr respond', this.#summary(), this.#edges);
    if (error !== undefined) throw error;
    return EXIT.good;
  }

  #options(): RespondOptions {
    const { qos, atOnce, contentType, userProperties } = this.#flags;
    return { qos, handlersMax: atOnce, responseProperties: given({ userProperties, contentType }) };
  }

  async #handle(request: Message): Promise<Uint8Array> {
    const { verbose } = this.#flags;
    const begunAt = this.#edges.clock.now();
    this.#underWay += 1;
    try {
      const response = await this.#answer(request, this.#over.signal);
      this.#answered += 1;
      if (verbose) await this.#tell(request, response, this.#edges.clock.now() - begunAt);
      return response;
    } catch (error) {
      this.#failed += 1;
      const why = error instanceof Error ? error.message : String(error);
      complain('rr respond', `${request.topic}: no response: ${why}`, this.#edges);
      throw error;
    } finally {
      this.#underWay -= 1;
      this.#nudge();
    }
  }

  async #tell({ topic, properties }: Message, response: Uint8Array, ms: number): Promise<void> {
    const to =
      properties.responseTopic === undefined ? 'nobody: no Response Topic' : properties.responseTopic;
    await this.#edges.write(
      `${printable(topic)} to ${printable(to)}: ${counted(response.length, 'byte')}, ${Math.round(ms)} ms\n`,
    );
  }

  /** A response that could not be sent; what the handler did not manage is told already. */
  #tellUnsent(client: Client): void {
    client.addEventListener('error', ({ detail: { error } }) => {
      if (error.code !== 'not-answered' || !(error.cause instanceof MqttError)) return;
      this.#failed += 1;
      this.#answered -= 1;
      complain('rr respond', `${error.message}: ${saidOf(error.cause)}`, this.#edges);
    });
  }

  /** Resolves when so many were answered as are wanted. */
  async #enough(): Promise<undefined> {
    const { count = Number.POSITIVE_INFINITY } = this.#flags;
    while (this.#answered + this.#failed < count) await this.#nudged();
  }

  /** What runs may end; then the responses are on their way, and the broker has confirmed what was behind them. */
  async #finish(unsubscribe: () => Promise<void>): Promise<void> {
    const { clock } = this.#edges;
    const time = new AbortController();
    const timeUp = clock.wait(FINISHED_MS_MAX, time.signal);
    const idle = async (): Promise<void> => {
      while (this.#underWay > 0 && !time.signal.aborted) await this.#nudged();
      // The client publishes what the handler returned.
      await clock.wait(1, time.signal);
      await unsubscribe();
    };
    await Promise.race([idle(), timeUp]);
    time.abort();
    this.#nudge();
  }

  #nudged(): Promise<void> {
    return new Promise((resolve) => {
      this.#nudge = resolve;
    });
  }

  #summary(): string {
    const failed = this.#failed === 0 ? '' : `, ${this.#failed} not`;
    return `${counted(this.#answered, 'request')} answered${failed}`;
  }
}
