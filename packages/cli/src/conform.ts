// `anax conform`: audits a broker against the standards, statement by statement.
// Owns the verb: what the audit is told, how its progress and its findings are shown, and the exit code.

import { targetText } from '@anax/client';
import {
  type Audit,
  type AuditOptions,
  audit,
  type BrokerFacts,
  dialTcp,
  htmlReport,
  jsonReport,
  listed,
  type Progress,
  strayPatterns,
  textReport,
  Unreachable,
} from '@anax/conformance';
import { DIALECTS, type Dialect } from '@anax/protocol';
import type { Command } from 'commander';
import { given } from './connection/connect-options.ts';
import { toBytes, toDialects, toMilliseconds, toParts, toWhole } from './connection/values.ts';
import { targetOf, tcpOnly } from './connection/where.ts';
import { packetLines, painter, printableJson, type Style } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { complain, newVerb, perform } from './world/verb.ts';

interface Flags {
  readonly hostname?: string;
  readonly port?: number;
  readonly protocol?: readonly Dialect[];
  readonly only?: readonly string[];
  readonly list?: true;
  readonly json?: true;
  readonly html?: string;
  readonly all?: true;
  readonly explain?: true;
  readonly color: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly refusedUsername?: string;
  readonly refusedPassword?: string;
  readonly refusedClientId?: string;
  readonly deniedTopic?: string;
  readonly deniedFilter?: string;
  readonly ws?: string;
  readonly limited?: string;
  readonly authenticationMethod?: string;
  readonly authenticationData?: Uint8Array;
  readonly authenticationAnswer?: readonly Uint8Array[];
  readonly parallel?: number;
  readonly answerTimeout?: number;
  readonly quietTime?: number;
}

const HELP = `
The audit uses client identifiers and topics of its own (anax-conform/...), many connections at once, and malformed input
on purpose: other clients can go on using the broker meanwhile, but its log fills, and a broker in production is not the
place. It takes some seconds, more where a broker leaves things unanswered.

A statement is kept, broken, not applicable (it binds clients, or CONNACK says that the broker has not got the feature), not
observable (nothing on the wire shows it), or skipped (an option is missing, and the reason names it). The table shows what
is broken or skipped, --all shows the rest. For each broken one there are the bytes sent, the bytes seen and what was
expected; --html puts all of it into one page that can be filed with the broker's project.

Examples:
  $ anax conform mqtt://127.0.0.1:1883
  $ anax conform mqtt://127.0.0.1:1883 --protocol 3.1.1 --only 'MQTT-3.3.*' --all
  $ anax conform mqtt://ada:secret@127.0.0.1:1883 --html report.html --refused-password wrong
  $ anax conform mqtt://127.0.0.1:1883 --json | jq '.statements[] | select(.verdict == "broken") | .id'
  $ anax conform --list --only 'ping/*'

Exit codes: 0 nothing is broken, 1 something is broken, 2 the audit could not be done (to its end) or wrong usage.`;

/** The verb for the program `anax`. */
export function conformCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('conform', edgesOf);
  const command = verb.command
    .helpOption('--help', 'this text')
    .description('audit any broker: which statements of the MQTT standards it keeps, and which it breaks')
    .argument('[address]', 'mqtt://user:password@host:port');
  command
    .optionsGroup('Where:')
    .option('-h, --hostname <host>', 'the broker, instead of an address')
    .option('-p, --port <number>', 'its port (default: 1883)', toWhole(1, 65_535));
  addChoice(command);
  addShowing(command);
  addFacts(command);
  return command.addHelpText('after', HELP).action((address: string | undefined, flags: Flags) =>
    perform(verb, (edges) => {
      const stray = strayPatterns(flags.only ?? []);
      if (stray.length > 0) throw new UsageError(`no statement and no check fits --only ${stray.join(', ')}`);
      return flags.list ? list(flags, edges) : run(address, flags, edges);
    }),
  );
}

function addChoice(command: Command): void {
  command
    .optionsGroup('What is audited:')
    .option(
      '--protocol <versions>',
      '3.1, 3.1.1 or 5.0, or some with commas (default: all that the broker speaks)',
      toDialects,
    )
    .option(
      '--only <patterns>',
      "statements ('MQTT-3.3.*') or checks ('ping/*'), some with commas; * is any text; may be repeated",
      toParts,
    )
    .option('--list', 'show the checks and what they prove, and connect to nothing');
}

function addShowing(command: Command): void {
  command
    .optionsGroup('What is shown:')
    .option('--all', 'all statements in the table, not only those broken or skipped')
    .option('--explain', 'how each connection was made byte by byte, too, not only what followed')
    .option('--json', 'one JSON value with everything instead')
    .option('--html <file>', 'a web page with everything, which needs nothing else')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR');
}

function addFacts(command: Command): void {
  command
    .optionsGroup('What the audit has to know of the broker; without it some statements are skipped:')
    .option('-u, --username <name>', 'user name for all connections')
    .option('-P, --password <password>', 'password for all connections')
    .option('--refused-username <name>', 'credentials that the broker refuses: a user name')
    .option('--refused-password <password>', 'credentials that the broker refuses: a password')
    .option('--refused-client-id <id>', 'a client identifier that the broker refuses')
    .option('--denied-topic <topic>', 'a topic that --username may not publish to')
    .option('--denied-filter <filter>', 'a topic filter that --username may not subscribe to')
    .option('--ws <url>', 'its address for WebSocket, as in ws://127.0.0.1:8080/mqtt')
    .option('--limited <address>', 'a listener of the same broker that has features switched off')
    .option('--authentication-method <name>', 'a method of enhanced authentication (MQTT 5)')
    .option('--authentication-data <text>', 'its Authentication Data in CONNECT', toBytes)
    .option(
      '--authentication-answer <text>',
      'what answers an AUTH of the broker; may be repeated, one for each step',
      toBytesList,
    )
    .optionsGroup('How it goes about it:')
    .option('--parallel <number>', 'checks that run at once (default: 16)', toWhole(1, 256, 'checks'))
    .option('--answer-timeout <seconds>', 'how long an answer may take (default: 5)', toMilliseconds)
    .option(
      '--quiet-time <seconds>',
      'how long to wait before something counts as absent (default: 0.3)',
      toMilliseconds,
    );
}

function toBytesList(text: string, before: readonly Uint8Array[] | undefined): readonly Uint8Array[] {
  return [...(before ?? []), toBytes(text)];
}

async function run(address: string | undefined, flags: Flags, edges: Edges): Promise<ExitCode> {
  const options = auditOptions(address, flags);
  const signal = edges.stopped();
  const line =
    edges.errorColumns === undefined ? progressSteps(edges) : progressLine(edges, edges.errorColumns);
  let found: Audit;
  try {
    found = await audit({ ...options, signal, progress: line.show });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    line.clear();
    complain('conform', error.message, edges);
    return EXIT.usage;
  }
  line.clear();
  const code = exitCodeOf(found);
  if (flags.html !== undefined && !(await writeHtml(flags.html, found, edges))) return EXIT.usage;
  await edges.write(flags.json ? `${printableJson(jsonReport(found))}\n` : textOf(found, flags, edges));
  return code;
}

/** @throws UsageError */
function auditOptions(address: string | undefined, flags: Flags): AuditOptions {
  if (address === undefined && flags.hostname === undefined)
    throw new UsageError('give the broker, as in: anax conform mqtt://127.0.0.1:1883');
  const { target: broker, ...credentials } = targetOf(
    address,
    given({ hostname: flags.hostname, port: flags.port }),
  );
  const facts = factsOf(flags, credentials);
  const dialects = flags.protocol;
  requireUserName(facts, dialects ?? DIALECTS);
  const target = tcpOnly(broker, 'the broker under audit');
  const limited =
    flags.limited === undefined ? undefined : tcpOnly(targetOf(flags.limited, {}).target, '--limited');
  return {
    dial: dialTcp(target.host, target.port),
    address: `mqtt://${targetText(target)}`,
    limited: limited && {
      dial: dialTcp(limited.host, limited.port),
      address: `mqtt://${targetText(limited)}`,
    },
    dialects: dialects?.map(({ name }) => name),
    only: flags.only,
    facts,
    waits: given({ answerMs: flags.answerTimeout, quietMs: flags.quietTime }),
    parallel: flags.parallel,
  };
}

/** @throws UsageError */
function factsOf(
  flags: Flags,
  credentials: { readonly userName: string | undefined; readonly password: string | undefined },
): BrokerFacts {
  const {
    authenticationMethod: method,
    authenticationData: data,
    authenticationAnswer: answers = [],
  } = flags;
  if (method === undefined && (data !== undefined || answers.length > 0))
    throw new UsageError('--authentication-data and --authentication-answer need --authentication-method');
  if (flags.ws !== undefined && !(/^wss?:\/\//i.test(flags.ws) && URL.canParse(flags.ws)))
    throw new UsageError(`${JSON.stringify(flags.ws)} is no address like ws://127.0.0.1:8080/mqtt`);
  return {
    userName: flags.username ?? credentials.userName,
    password: flags.password ?? credentials.password,
    refusedUserName: flags.refusedUsername,
    refusedPassword: flags.refusedPassword,
    refusedClientId: flags.refusedClientId,
    deniedTopic: flags.deniedTopic,
    deniedFilter: flags.deniedFilter,
    webSocket: flags.ws,
    authentication: method === undefined ? undefined : { method, data, answers },
  };
}

function requireUserName(
  { userName, password, refusedUserName, refusedPassword }: BrokerFacts,
  dialects: readonly Dialect[],
): void {
  const strict = dialects.find(({ passwordWithoutUserName }) => !passwordWithoutUserName);
  if (strict === undefined || userName !== undefined) return;
  const alone = password !== undefined || (refusedPassword !== undefined && refusedUserName === undefined);
  if (alone)
    throw new UsageError(`MQTT ${strict.name} takes no password without a user name: give --username`);
}

function exitCodeOf({ statements, checks, stopped, failures }: Audit): ExitCode {
  const broken = [...statements, ...checks].some(({ verdict }) => verdict === 'broken');
  if (broken) return EXIT.failed;
  return stopped === undefined && failures.length === 0 ? EXIT.good : EXIT.usage;
}

async function writeHtml(file: string, found: Audit, edges: Edges): Promise<boolean> {
  try {
    await edges.writeFile(file, htmlReport(found));
    return true;
  } catch (error) {
    complain(
      'conform',
      `${file} cannot be written: ${error instanceof Error ? error.message : error}`,
      edges,
    );
    return false;
  }
}

const STYLES: Readonly<Record<string, Style>> = {
  broken: 'fault',
  kept: 'value',
  skipped: 'warning',
  'not applicable': 'faint',
  'not observable': 'faint',
  title: 'title',
  faint: 'faint',
};

function textOf(found: Audit, { all, explain, color }: Flags, edges: Edges): string {
  const colour = edges.colour && color;
  const paint = painter(colour);
  const lines = textReport(found, {
    all: all === true,
    paint: (style, text) => paint(STYLES[style] ?? 'plain', text),
    handshakes: explain === true,
    packetLines: (packet) => packetLines(packet, { colour }),
  });
  return `${lines.join('\n')}\n`;
}

interface Shown {
  readonly show: (progress: Progress) => void;
  readonly clear: () => void;
}

const doneText = ({ done, total, broken }: Progress): string =>
  `${done} of ${total} checks done, ${broken} broken`;

/** One line on a terminal that is written over again and again. */
function progressLine({ writeError }: Edges, columns: number): Shown {
  const put = (text: string): void => writeError(`\r\u001b[K${text.slice(0, Math.max(0, columns - 1))}`);
  return {
    show: (progress) => put(`${doneText(progress)}. Now: ${progress.running.join(', ')}`),
    clear: () => put(''),
  };
}

const STEPS = 10;

/** Where nothing can be written over, a log for example: a line for each tenth of the work. */
function progressSteps({ writeError }: Edges): Shown {
  let told = 0;
  return {
    show: (progress) => {
      const step = Math.floor((progress.done * STEPS) / progress.total);
      if (!(step > told)) return;
      told = step;
      writeError(`anax conform: ${doneText(progress)}\n`);
    },
    clear: () => undefined,
  };
}

async function list(flags: Flags, edges: Edges): Promise<ExitCode> {
  const checks = listed(
    flags.only,
    flags.protocol?.map(({ name }) => name),
  );
  const paint = painter(edges.colour && flags.color);
  for (const { name, sentence, proves, needs } of checks) {
    if (flags.json) {
      const versions = proves.map(({ dialect, statements }) => ({ protocol: dialect, statements }));
      await edges.write(`${printableJson({ name, sentence, proves: versions, needs })}\n`);
      continue;
    }
    const told = proves.map(({ dialect, statements }) => `  ${dialect}: ${statements.join(' ')}\n`);
    const needed = needs === undefined ? '' : `  ${needs}\n`;
    await edges.write(`${paint('title', name)}: ${sentence}\n${told.join('')}${needed}`);
  }
  return EXIT.good;
}
