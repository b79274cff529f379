// Pure rooms stay pure: no clock, timer, chance, disk, socket, console or waiting in them, and no version numbers
// outside the rooms that know the versions.

import { eachSource } from './repository.ts';
import { isNode, memberOf, nameOf, type Source, type SyntaxNode, stringOf, walk } from './source.ts';

/** Where nothing may be known of time, network, disk and chance. */
const PURE: readonly RegExp[] = [
  /^packages\/protocol\/src\//,
  // The machine; its shells are folders.
  /^packages\/client\/src\/[^/]+\.ts$/,
  /^packages\/client\/src\/auth\//,
  /^packages\/broker\/src\/(?:abuse|access\/rules|connection|document|embedding|hub|inspection|records|sys)\//,
  /^packages\/broker\/src\/network\.ts$/,
];

const WHY: Readonly<Record<string, string>> = {
  Buffer: 'bytes are Uint8Array here',
  Date: 'time is an argument',
  EventEmitter: 'rooms call each other plainly',
  EventTarget: 'rooms call each other plainly',
  clearInterval: 'time is an argument',
  clearTimeout: 'time is an argument',
  console: 'a machine talks through its outputs',
  crypto: 'randomness is injected',
  fetch: 'no network here',
  globalThis: 'nothing of the platform here',
  performance: 'time is an argument',
  process: 'nothing of the platform here',
  queueMicrotask: 'one input, then all outputs in order',
  require: 'ESM only',
  setImmediate: 'time is an argument',
  setInterval: 'time is an argument',
  setTimeout: 'time is an argument',
};

export const pureRooms = eachSource(
  'a pure room knows no time, network, disk, chance or waiting',
  (path) => PURE.some((room) => room.test(path)),
  (source) => {
    const problems: string[] = [];
    for (const { specifier, line } of source.imports) {
      if (/^node:|^events$/.test(specifier))
        problems.push(`${source.path}:${line} imports ${specifier} in a pure room`);
    }
    walk(source.root, (node, parent, field) => {
      const problem = impurity(node, parent, field);
      if (problem !== undefined) problems.push(`${source.path}:${source.lineAt(node.start)} ${problem}`);
    });
    return problems;
  },
);

function impurity(node: SyntaxNode, parent: SyntaxNode | undefined, field: string): string | undefined {
  if (node.type === 'AwaitExpression' || node['await'] === true)
    return 'waits: nothing does on the packet path';
  if (node['async'] === true) return 'is async: nothing waits on the packet path';
  if (memberOf(node) === 'random' && nameOf(node['object']) === 'Math')
    return 'uses Math.random: randomness is injected';
  if (node.type !== 'Identifier' || isOnlyAName(parent, field)) return undefined;
  const name = String(node['name']);
  const why = Object.hasOwn(WHY, name) ? WHY[name] : undefined;
  return why === undefined ? undefined : `uses ${name}: ${why}`;
}

/** Whether the identifier is the name of a field and not a reference: `x.process`, `{ process: 1 }`. */
function isOnlyAName(parent: SyntaxNode | undefined, field: string): boolean {
  if (parent === undefined || parent['computed'] === true) return false;
  return field === 'key' || field === 'label' || (parent.type === 'MemberExpression' && field === 'property');
}

/** What is Node's alone, in rooms that may wait and look at clocks but are to run in a browser, too. */
const NODE_ONLY: readonly string[] = ['Buffer', 'process', 'require', 'setImmediate'];

export const portableRooms = eachSource(
  'the client knows Node in node/ and lmdb/ only',
  (path) => /^packages\/client\/src\/(?!(?:node|lmdb)\/)/.test(path),
  (source) => {
    const problems: string[] = [];
    for (const { specifier, line } of source.imports) {
      if (specifier.startsWith('node:'))
        problems.push(`${source.path}:${line} imports ${specifier} outside node/ and lmdb/`);
    }
    walk(source.root, (node, parent, field) => {
      const name = node.type === 'Identifier' && !isOnlyAName(parent, field) ? String(node['name']) : '';
      if (NODE_ONLY.includes(name))
        problems.push(`${source.path}:${source.lineAt(node.start)} uses ${name} outside node/ and lmdb/`);
    });
    return problems;
  },
);

const VERSION_FIELDS: readonly string[] = ['protocolLevel', 'protocolName', 'protocolVersion', 'mqttVersion'];
const VERSION_NAMES: readonly string[] = ['3.1', '3.1.1', '5.0', 'MQIsdp'];
const COMPARISONS: readonly string[] = ['===', '!==', '==', '!=', '<', '<=', '>', '>='];

export const noVersionCompared = eachSource(
  'no version is compared outside spec/ and codec/: the dialect is asked for a capability',
  (path) => /^packages\/[^/]+\/src\//.test(path) && !/^packages\/protocol\/src\/(?:spec|codec)\//.test(path),
  (source) => {
    const problems: string[] = [];
    walk(source.root, (node) => {
      if (comparesVersion(node)) {
        const line = source.lineAt(node.start);
        problems.push(`${source.path}:${line} compares a version: ${firstLine(source, node)}`);
      }
    });
    return problems;
  },
);

function comparesVersion(node: SyntaxNode): boolean {
  if (node.type === 'SwitchStatement') return isVersion(node['discriminant']);
  if (node.type === 'SwitchCase') return isVersion(node['test']);
  if (node.type !== 'BinaryExpression' || !COMPARISONS.includes(String(node['operator']))) return false;
  // `known === undefined` asks whether there is one, not which.
  if (nameOf(node['left']) === 'undefined' || nameOf(node['right']) === 'undefined') return false;
  return isVersion(node['left']) || isVersion(node['right']);
}

function isVersion(value: unknown): boolean {
  if (!isNode(value)) return false;
  const name = memberOf(value) ?? (value.type === 'Identifier' ? nameOf(value) : undefined);
  if (name !== undefined) return VERSION_FIELDS.includes(name) || /^MQTT_\d/.test(name);
  return VERSION_NAMES.includes(stringOf(value) ?? '');
}

function firstLine(source: Source, node: SyntaxNode): string {
  return source.text.slice(node.start, node.end).split('\n')[0] ?? '';
}
