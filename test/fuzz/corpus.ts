// Packets that somebody wrote down: the valid vectors and the malformed rows of the standard, by sender and dialect.

import { readFileSync } from 'node:fs';
import type { DialectName } from '@anax/protocol';

const VECTORS = new URL('../../packages/protocol/test/data/vectors.tsv', import.meta.url);
const MALFORMED = new URL('../../packages/conformance/data/malformed.tsv', import.meta.url);

type Sender = 'client' | 'server';

/** Those of other dialects are among them: a peer may well send them. */
export function corpusOf(sender: Sender): Readonly<Record<DialectName, readonly Uint8Array[]>> {
  const rows = [...rowsOf(VECTORS), ...rowsOf(MALFORMED)].filter((row) => row['direction'] === sender);
  const of = (name: DialectName): readonly Uint8Array[] => [
    ...rows.filter((row) => row['protocol'] === name).flatMap(packetsOf),
    ...rows
      .filter((row) => row['protocol'] !== name)
      .flatMap(packetsOf)
      .slice(0, 30),
  ];
  return { '3.1': of('3.1'), '3.1.1': of('3.1.1'), '5.0': of('5.0') };
}

function packetsOf({ hex = '' }: Readonly<Record<string, string>>): readonly Uint8Array[] {
  return hex.split('|').map((packet) =>
    Uint8Array.from(
      packet.split(' ').filter((byte) => byte !== ''),
      (byte) => Number.parseInt(byte, 16),
    ),
  );
}

function rowsOf(url: URL): readonly Readonly<Record<string, string>>[] {
  const [head = '', ...lines] = readFileSync(url, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const names = head.split('\t');
  return lines.map((line) => Object.fromEntries(line.split('\t').map((cell, i) => [names[i] ?? '', cell])));
}
