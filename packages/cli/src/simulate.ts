// `anax simulate`: devices that connect, publish, answer and drop off: a built-in fleet, or what a scenario file says. Owns the
// verb: its options, its summary and its exit code.

import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import type { MqttError, QoS } from '@anax/protocol';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { type Connecting, connectingOf, requireTopic } from './connection/connect-options.ts';
import { failureLines, isConnectionFailure } from './connection/failures.ts';
import type { ConnectFlags } from './connection/flags.ts';
import { addLiveOptions } from './connection/live-options.ts';
import { addConnectOptions } from './connection/prepare.ts';
import { toDuration, toQos, toWhole } from './connection/values.ts';
import { padded, printable, printableJson } from './render/index.ts';
import { loadScenario } from './simulate/load.ts';
import type { Scenario } from './simulate/scenario.ts';
import { Simulation, type SimulationReport } from './simulate/simulation.ts';
import { telemetry } from './simulate/telemetry.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { processEdges } from './world/process.ts';
import { grouped } from './world/progress.ts';
import { complain, newVerb, perform } from './world/verb.ts';

interface Flags extends ConnectFlags {
  readonly scenario?: string;
  readonly devices?: number;
  readonly interval?: number;
  readonly prefix?: string;
  readonly qos?: QoS;
  readonly drops?: number;
  readonly seed?: string;
  readonly for?: number;
  readonly connectRate: number;
  readonly cut?: true;
  readonly every?: number;
  readonly quiet?: true;
  readonly json?: true;
}

/** Of the built-in fleet only. */
const FLEET_FLAGS = ['interval', 'prefix', 'qos', 'drops'] as const;
const DEVICES_MAX = 1_000_000;

const HELP = `
Without --scenario it is a fleet that measures rooms. Each device has, below PREFIX/ID/:
  status      online or offline, retained; offline is its will
  telemetry   JSON readings that drift: n, temperature, humidity, battery, rssi
  command     what it obeys: {"command":"ping"}, {"command":"target","celsius":21}
  answer      what it answers, where the command has no Response Topic
Some drop off the network without a word and come back some readings later (--drops).

A scenario is a module, .js, .mjs or .ts, whose default export says what a device does; \`anax/scenario\` has its types:
  export default {
    devices: 10,
    connect: ({ id }) => ({ will: { topic: \`d/\${id}/status\`, payload: 'gone', retain: true } }),
    async run(device) {
      await device.subscribe(\`d/\${device.id}/in\`, (message) => device.log(message.text()));
      device.every('5s', (tick) => device.publish(\`d/\${device.id}/out\`, { tick, level: device.random.between(0, 9) }));
    },
  };
Types are read by Node from 22.18 on; with an older one typescript 5, esbuild or oxc-transform has to be installed beside the
file. The same --seed gives each device the same chance again.

Examples:
  $ anax simulate --devices 100 --interval 5s
  $ anax simulate --devices 1000 --interval 1m --drops 0.05 --seed 7 --for 10m mqtt://broker.example
  $ anax simulate --scenario fleet.ts --devices 20 --json

Ctrl-C ends it in order, with a summary: all say goodbye, and no will is published, unless --cut ends the connections without DISCONNECT.

Exit codes: 0 ended as asked, 1 a device could not connect, or the scenario has thrown, 2 wrong usage or no scenario.`;

/** The verb for the program `anax`. */
export function simulateCommand(
  edgesOf: () => Edges = processEdges,
  load: (file: string) => Promise<Scenario> = loadScenario,
): Command {
  const verb = newVerb('simulate', edgesOf);
  verb.command
    .description('simulated devices: a fleet, or what a scenario file says')
    .argument('[address]', 'mqtt://user:password@host:port instead of options')
    .optionsGroup('The devices:')
    .option('--scenario <file>', 'what they do (default: the built-in fleet)')
    .option(
      '-n, --devices <number>',
      'how many (default: 10, or what the scenario says)',
      toWhole(1, DEVICES_MAX),
    )
    .option('--seed <text>', 'of their chance (default: a new one, which is told)')
    .option('--connect-rate <number>', 'begin so many a second', toWhole(1, DEVICES_MAX), 100)
    .option(
      '--for <time>',
      'end after this: 90s, 5m (default: Ctrl-C, or nobody has anything to do)',
      toDuration,
    )
    .option('--cut', 'at the end cut the connections, so that the wills are published')
    .optionsGroup('The built-in fleet:')
    .option('--interval <time>', 'between readings (default: 5s)', toDuration)
    .option('--prefix <topic>', 'before its topics (default: sim)')
    .option('-q, --qos <qos>', '0, 1 or 2, of readings (default: 0)', toQos)
    .option('--drops <probability>', 'that a device drops off at a reading (default: 0.01)', toProbability);
  addLiveOptions(verb.command, 'the summary as JSON');
  return addConnectOptions(verb, 'connUserProperties')
    .addHelpText('after', HELP)
    .action((address: string | undefined, flags: Flags) =>
      perform(verb, (edges) => run(address, flags, edges, load)),
    );
}

function toProbability(text: string): number {
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value <= 1) return value;
  throw new InvalidArgumentError('It is a number from 0 to 1.');
}

async function run(
  address: string | undefined,
  flags: Flags,
  edges: Edges,
  load: (file: string) => Promise<Scenario>,
): Promise<ExitCode> {
  const connecting = connectingAll(address, flags);
  const scenario = await scenarioBy(flags, load);
  const simulation = new Simulation({
    scenario,
    name: scenario.name ?? basename(flags.scenario ?? ''),
    devices: flags.devices ?? scenario.devices ?? (flags.scenario === undefined ? 10 : 1),
    seed: flags.seed ?? randomBytes(4).toString('hex'),
    forMs: flags.for,
    connectRate: flags.connectRate,
    ending: flags.cut ? 'cut' : 'in-order',
    connecting,
    edges,
    live: flags,
  });
  const forget = edges.strayErrors((error) => simulation.stray(error));
  try {
    const report = await simulation.run();
    await edges.write(flags.json ? `${printableJson(report)}\n` : summary(report));
    return report.ok ? EXIT.good : EXIT.failed;
  } catch (error) {
    if (!isConnectionFailure(error)) throw error;
    complain('simulate', failureLines(error as MqttError, connecting), edges);
    return EXIT.failed;
  } finally {
    forget();
  }
}

/** @throws UsageError */
function connectingAll(address: string | undefined, flags: Flags): Connecting {
  const connecting = connectingOf(address, flags, 'connUserProperties');
  const { clientId, will } = connecting.options;
  if (clientId !== undefined)
    throw new UsageError('devices have their own client identifiers: leave --client-id out');
  if (will !== undefined) throw new UsageError('devices have their own wills: leave --will-topic out');
  return connecting;
}

/** @throws UsageError */
async function scenarioBy(flags: Flags, load: (file: string) => Promise<Scenario>): Promise<Scenario> {
  const { scenario, interval = 5000, prefix = 'sim', qos = 0, drops = 0.01 } = flags;
  if (scenario !== undefined) {
    const stray = FLEET_FLAGS.find((name) => flags[name] !== undefined);
    if (stray !== undefined)
      throw new UsageError(`--${stray} is of the built-in fleet: leave it out with --scenario`);
    return load(scenario);
  }
  requireTopic('--prefix', prefix);
  return telemetry({ prefix, intervalMs: interval, qos, drops });
}

const LABEL_COLUMNS = 12;

function summary(report: SimulationReport): string {
  const { devices, published, received, unsent, refused, drops, returns, lost, errors, seed, seconds } =
    report;
  const some = (count: number, text: string): readonly string[] =>
    count > 0 ? [`${grouped(count)} ${text}`] : [];
  const lines: readonly (readonly [label: string, parts: readonly string[]])[] = [
    ['scenario', [report.scenario, `seed ${seed}`, `${seconds.toFixed(1)} s`]],
    [
      'devices',
      [
        `${grouped(devices.begun)} of ${grouped(devices.asked)}`,
        ...some(devices.failed, 'could not connect'),
      ],
    ],
    [
      'published',
      [grouped(published), ...some(unsent, 'not sent, off the network'), ...some(refused, 'refused')],
    ],
    ['received', [grouped(received)]],
    [
      'dropped off',
      [grouped(drops), `${grouped(returns)} came back`, ...some(lost, 'connections were lost')],
    ],
    ...(errors > 0 ? [['errors', [grouped(errors)]] as const] : []),
  ];
  return lines
    .map(([label, parts]) => `${padded(label, LABEL_COLUMNS)}${printable(parts.join(', '))}\n`)
    .join('');
}
