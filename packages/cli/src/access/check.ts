// `anax access check`: may this client do that, and which rule says so. Owns the verb; the rules are the broker's.

import {
  type AccessAnswer,
  type AccessQuestion,
  explainAccess,
  type Identity,
  loadSettings,
} from '@anax/broker';
import { MqttError, parseSharedFilter, parseTopicName, type QoS, type TopicName } from '@anax/protocol';
import { type Command, Option } from 'commander';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import { processEdges } from '../world/process.ts';
import { newVerb, perform } from '../world/verb.ts';

const HELP = `
Only the rules of the configuration are asked: what a login brings along, and what an embedding program says, are not known here.

Examples:
  $ anax access check --config anax.yaml --client-id pump1 --user ann --publish news/today --retain
  $ anax access check --config anax.yaml --client-id pump1 --subscribe 'devices/#'
  $ anax access check --config anax.yaml --client-id pump1 --address 10.0.0.7 --receive secret/a

Exit codes: 0 yes, 1 no, 2 wrong call or settings.`;

interface Options {
  readonly config: string;
  readonly clientId: string;
  readonly user?: string;
  readonly address: string;
  readonly listener: string;
  readonly publish?: string;
  readonly subscribe?: string;
  readonly receive?: string;
  readonly qos: string;
  readonly retain?: boolean;
}

export function accessCheckCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('access check', edgesOf);
  return verb.command
    .description('say whether a client may do something, and by which rule')
    .option('-c, --config <file>', 'the configuration of the broker', 'anax.yaml')
    .requiredOption('--client-id <id>', 'the client identifier')
    .option('-u, --user <name>', 'the user name; left out, an anonymous client')
    .option('--address <address>', 'where the client is', '127.0.0.1')
    .option('--listener <name>', 'the listener it came through', 'tcp')
    .option('--publish <topic>', 'may it publish this')
    .option('--subscribe <filter>', 'may it subscribe to this')
    .option('--receive <topic>', 'is this delivered to it')
    .addOption(new Option('--qos <qos>', 'with this QoS').choices(['0', '1', '2']).default('0'))
    .option('--retain', 'publishes with RETAIN set')
    .addHelpText('after', HELP)
    .action((options: Options) => perform(verb, (edges) => check(options, edges)));
}

async function check(options: Options, edges: Edges): Promise<ExitCode> {
  const question = questionOf(options);
  const access = accessOf(options.config);
  if (access === undefined) {
    const answer = explainAccess({ rules: [], otherwise: 'allow' }, identityOf(options), question);
    await edges.write(answer.allowed ? 'yes: the configuration has no rules\n' : `no: ${SERVER}\n`);
    return answer.allowed ? EXIT.good : EXIT.failed;
  }
  const answer = explainAccess(access, identityOf(options), question);
  await edges.write(`${answer.allowed ? 'yes' : 'no'}: ${why(answer, access.otherwise)}\n`);
  return answer.allowed ? EXIT.good : EXIT.failed;
}

const SERVER = 'only the server publishes to $SYS';

function why({ allowed, by, ofServer }: AccessAnswer, otherwise: string): string {
  if (ofServer) return SERVER;
  if (by.length === 0) return `no rule has a word, and \`access.default\` is ${otherwise}`;
  const places = by.map(({ place }) => place).join(', ');
  return `${allowed ? 'allowed' : 'denied'} by ${places}`;
}

function accessOf(file: string): ReturnType<typeof loadSettings>['access'] {
  try {
    return loadSettings({ file }).access;
  } catch (error) {
    if (error instanceof MqttError) throw new UsageError(error.message);
    throw error;
  }
}

function identityOf({ clientId, user, address, listener }: Options): Identity {
  return { clientId, userName: user, login: { address, listener, certificate: undefined } };
}

function questionOf({ publish, subscribe, receive, qos: text, retain = false }: Options): AccessQuestion {
  const asked = [publish, subscribe, receive].filter((one) => one !== undefined);
  if (asked.length !== 1) throw new UsageError('one of --publish, --subscribe and --receive is needed');
  const qos = Number(text) as QoS;
  if (publish !== undefined) return { action: 'publish', topic: topicOf(publish), qos, retain };
  if (receive !== undefined) return { action: 'receive', topic: topicOf(receive) };
  const filter = parseSharedFilter(subscribe ?? '');
  if (filter === undefined) throw new UsageError(`${JSON.stringify(subscribe)} is no topic filter`);
  return { action: 'subscribe', filter: filter.matching, qos };
}

function topicOf(text: string): TopicName {
  const topic = parseTopicName(text);
  if (topic === undefined) throw new UsageError(`${JSON.stringify(text)} is no topic name`);
  return topic;
}
