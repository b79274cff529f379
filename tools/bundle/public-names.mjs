// Names that an application, or the platform, reads or writes: they stay as they are. Read from the types that the entrance
// exports, and from the platform that builds.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const WORD = /[A-Za-z_$][\w$]*/g;
const DECLARATION = /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const) (\w+)/;

/** Of dictionaries that the platform takes or gives: nothing at run time knows them. */
const DICTIONARIES = [
  'done',
  'value',
  'cause',
  'fatal',
  'ignoreBOM',
  'once',
  'signal',
  'data',
  'code',
  'reason',
];

const PLATFORM = [
  ...[
    Object,
    Function,
    Array,
    String,
    Number,
    Boolean,
    Symbol,
    Map,
    Set,
    WeakMap,
    Promise,
    Uint8Array,
    Uint16Array,
  ],
  ...[
    ArrayBuffer,
    RegExp,
    Error,
    TypeError,
    Event,
    EventTarget,
    AbortController,
    AbortSignal,
    URL,
    TextDecoder,
  ],
  ...[TextEncoder, MessageChannel, MessagePort, Math, JSON, performance, crypto],
];

/**
 * @param entrance the types of the entrance, as a file
 * @param folders where the types that it names are
 * @param platform the file with the types of what is used of the platform
 */
export function publicNames(entrance, folders, platform) {
  const declared = declarations(folders);
  const names = new Set([...DICTIONARIES, ...words(plain(platform)), ...platformNames()]);
  const seen = new Set();
  const asked = words(plain(entrance).replace(/from '[^']*'/g, ''));
  for (const name of asked) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const text of declared.get(name) ?? [])
      for (const word of words(text)) {
        names.add(word);
        asked.push(word);
      }
  }
  return names;
}

function words(text) {
  return text.match(WORD) ?? [];
}

function plain(file) {
  const text = readFileSync(file, 'utf8');
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

/** By name, the texts of all that is declared under it. What only this package constructs says nothing with its parameters. */
function declarations(folders) {
  const found = new Map();
  for (const folder of folders) {
    for (const file of readdirSync(folder, { recursive: true })) {
      if (!file.endsWith('.d.ts')) continue;
      for (const text of plain(join(folder, file)).split(/^(?=[a-z])/m)) {
        const name = DECLARATION.exec(text)?.[1];
        if (name !== undefined)
          found.set(name, [...(found.get(name) ?? []), text.replace(/^\s+constructor\([\s\S]*?\);/gm, '')]);
      }
    }
  }
  return found;
}

function platformNames() {
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const generator = Object.getPrototypeOf(function* () {}).prototype;
  const roots = [...PLATFORM, ...PLATFORM.map(({ prototype }) => prototype), iterator, generator];
  const names = new Set();
  for (const root of roots)
    for (let of = root; of !== undefined && of !== null; of = Object.getPrototypeOf(of))
      for (const key of Reflect.ownKeys(of)) if (typeof key === 'string') names.add(key);
  return names;
}
