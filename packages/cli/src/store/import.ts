// `anax store import`: lines of `anax store export` become a store. Owns the verb, and what it says of lines that are refused.

import { type Imported, ImportFault, importStore } from '@anax/broker';
import type { Command } from 'commander';
import { counted } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import { linesOf } from '../world/input.ts';
import { processEdges } from '../world/process.ts';
import { type ProgressBar, progressBar } from '../world/progress.ts';
import { complain, newVerb } from '../world/verb.ts';
import { DATA_DIRECTORY, performOnStore } from './common.ts';

/** The largest message as base64, and what is around it. */
const LINE_BYTES_MAX = 400 * 1024 * 1024;
/** What is told in lines. */
const TOLD_MAX = 100;

const HELP = `
The store is new, or has nothing in it, and no broker uses it. Every line is read and checked before anything takes its place:
one that is wrong is named with what was expected, and then nothing is imported. Records that fit in with no others, as
behind a damaged store, are left out and told: what is imported passes \`anax store check\`.

Examples:
  $ anax store import backup.ndjson
  $ gunzip < backup.ndjson.gz | anax store import - /var/lib/anax

Exit codes: 0 done, 1 done, but some records were left out, 2 not done.`;

/** The verb for the program `anax`. */
export function storeImportCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('store import', edgesOf);
  return verb.command
    .description('make a store of what `anax store export` wrote')
    .argument('<file>', 'of an export; - is standard input')
    .argument('[directory]', 'of the store', DATA_DIRECTORY)
    .addHelpText('after', HELP)
    .action((file: string, directory: string) =>
      performOnStore(verb, (edges) => importFrom(file, directory, edges)),
    );
}

async function importFrom(file: string, directory: string, edges: Edges): Promise<ExitCode> {
  const { chunks, bar, records } = await source(file, edges);
  try {
    return told(
      await importStore(directory, linesOf(chunks, LINE_BYTES_MAX), records),
      directory,
      bar,
      edges,
    );
  } catch (error) {
    bar.clear();
    if (!(error instanceof ImportFault)) throw error;
    const name = file === '-' ? 'standard input' : file;
    complain('store import', `${name}:${error.line}: ${error.message}; nothing was imported`, edges);
    return EXIT.usage;
  }
}

interface Source {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly bar: ProgressBar;
  /** Told how many records there were. */
  readonly records: (count: number) => void;
}

/** Of a file one knows how much there is; of standard input only how much there was. */
async function source(file: string, edges: Edges): Promise<Source> {
  if (file === '-') {
    const bar = progressBar(edges, 'records read', undefined);
    return { chunks: edges.standardInput.read(), bar, records: bar.show };
  }
  try {
    const { bytes, chunks } = await edges.fileToRead(file);
    const bar = progressBar(edges, `${file} read`, bytes);
    return { chunks: watched(chunks, bar.show), bar, records: () => undefined };
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

async function* watched(chunks: AsyncIterable<Uint8Array>, show: (bytes: number) => void) {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    show(bytes);
    yield chunk;
  }
}

function told({ records, leftOut }: Imported, directory: string, bar: ProgressBar, edges: Edges): ExitCode {
  bar.clear();
  const say = (text: string): void => complain('store import', text, edges);
  for (const { text } of leftOut.slice(0, TOLD_MAX)) say(`left out: ${text}`);
  if (leftOut.length > TOLD_MAX) say(`... and ${leftOut.length - TOLD_MAX} more`);
  const kept = records - new Set(leftOut.map(({ key }) => Buffer.from(key).toString('hex'))).size;
  say(`${counted(kept, 'record')} imported into ${directory}`);
  return leftOut.length === 0 ? EXIT.good : EXIT.failed;
}
