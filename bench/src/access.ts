/**
 * Owns the figures for rules on topics: what an answer costs, and what a login. Never checks results: the tests do.
 *
 * Run after the workspace build: `npm run bench:access`. CPU time of the process, which a busy machine disturbs less than a clock.
 */

import { type AccessRule, type Identity, RuleBook, rulesFromMosquitto, rulesFromYaml } from '@anax/broker';
import type { TopicFilter, TopicName } from '@anax/protocol';
import { machine, median, spread } from './measure.ts';

const ROUNDS = 7;
const ANSWERS = 1_000_000;
const LOGINS = 20_000;
const USERS = 10_000;

const SMALL = `
groups: [{ name: operators, users: [ann, bob] }]
rules:
  - { allow: all, topics: 'devices/\${clientid}/#' }
  - { allow: subscribe, topics: news/# }
  - { allow: publish, topics: news/#, who: { groups: operators } }
  - { allow: subscribe, topics: ['plant/+/state', 'plant/+/+/alarm'], qosMax: 1 }
  - { allow: publish, topics: 'up/\${username}/+', retain: false }
  - { deny: all, topics: ['secret/#', 'devices/+/secret'] }
`;

function rulesOf(result: ReturnType<typeof rulesFromYaml>): readonly AccessRule[] {
  if ('problem' in result) throw new Error(result.problem);
  return result.rules;
}

/** A hundred filters of three kinds for everybody, a few of them denied. */
const HUNDRED = `rules:\n${Array.from({ length: 100 }, (_, i) => {
  const filter = [`site/${i}/exact/topic`, `site/${i}/+/state`, `site/${i}/log/#`][i % 3];
  return `  - { ${i % 10 === 9 ? 'deny' : 'allow'}: all, topics: '${filter}' }`;
}).join('\n')}`;

const MANY = `topic read public/#\npattern readwrite clients/%c/#\n${Array.from(
  { length: USERS },
  (_, i) =>
    `user user${i}\ntopic readwrite users/${i}/#\ntopic read sites/${i % 100}/+\ntopic deny users/${i}/secret`,
).join('\n')}`;

interface Set {
  readonly name: string;
  readonly rules: readonly AccessRule[];
  readonly topics: readonly string[];
  readonly filters: readonly string[];
}

const SETS: readonly Set[] = [
  {
    name: 'six rules, two of them with variables',
    rules: rulesOf(rulesFromYaml(SMALL, 'small')),
    topics: ['devices/device7/temperature', 'news/today', 'plant/3/state', 'secret/a', 'nowhere/at/all'],
    filters: ['devices/device7/#', 'news/#', 'plant/+/state', 'secret/#', '#'],
  },
  {
    name: 'a hundred filters',
    rules: rulesOf(rulesFromYaml(HUNDRED, 'hundred')),
    topics: [
      'site/30/exact/topic',
      'site/31/b/state',
      'site/32/log/a/b',
      'site/99/exact/topic',
      'site/1000/x',
    ],
    filters: ['site/30/exact/topic', 'site/31/+/state', 'site/32/log/#', 'site/99/exact/topic', 'site/#'],
  },
  {
    name: `an ACL file of mosquitto with ${USERS} users`,
    rules: rulesOf(rulesFromMosquitto(MANY, 'many')),
    topics: ['users/7/state', 'sites/7/a', 'clients/device7/x', 'users/7/secret', 'users/8/state'],
    filters: ['users/7/#', 'sites/7/+', 'clients/device7/#', '#', 'users/8/#'],
  },
];

/** Time of one call in ns: each round, after one that does not count. */
function nsEach(times: number, call: (i: number) => unknown): readonly number[] {
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < times; i++) call(i);
    const { user, system } = process.cpuUsage(before);
    rounds.push(((user + system) * 1000) / times);
  }
  return rounds.slice(1);
}

function clientOf(i: number): Identity {
  const login = { address: '192.0.2.1', listener: 'tcp', certificate: undefined };
  return { clientId: `device${i}`, userName: `user${i % USERS}`, login };
}

function print(what: string, ns: readonly number[], unit: 'ns' | 'us'): void {
  const figures = unit === 'ns' ? ns : ns.map((one) => one / 1000);
  console.log(`  ${what.padEnd(28)} ${median(figures).toFixed(2).padStart(9)} ${unit} (${spread(figures)})`);
}

console.log(JSON.stringify(machine()));
for (const { name, rules, topics, filters } of SETS) {
  console.log(`\n${name}`);
  const book = new RuleBook(rules, 'deny');
  const rights = book.rightsOf(clientOf(7));
  for (const topic of topics as TopicName[]) {
    print(
      `publish ${topic}`,
      nsEach(ANSWERS, () => rights.mayPublish(topic, 1, false)),
      'ns',
    );
  }
  print(
    `receive ${topics[0]}`,
    nsEach(ANSWERS, () => rights.mayReceive?.(topics[0] as TopicName)),
    'ns',
  );
  // Names that V8 has not hashed yet, as they come from the wire.
  const fresh = Array.from(
    { length: 100_000 },
    (_, i) => `${topics[1]}`.replace(/[^/]*$/, `${i}`) as TopicName,
  );
  print(
    'publish, a new topic',
    nsEach(fresh.length, (i) => rights.mayPublish(fresh[i] as TopicName, 1, false)),
    'ns',
  );
  for (const filter of filters as TopicFilter[]) {
    print(
      `subscribe ${filter}`,
      nsEach(ANSWERS, () => rights.maySubscribe(filter, 1)),
      'ns',
    );
  }
  print(
    'login',
    nsEach(LOGINS, (i) => book.rightsOf(clientOf(i))),
    'us',
  );
  print(
    'reading all rules',
    nsEach(1, () => new RuleBook(rules, 'deny')),
    'us',
  );
}
