// `anax store export`: what a broker has stored, as lines of JSON. Owns the verb and where its lines go. It changes nothing
// in the store.

import { endRecord, factOrNothing, headerRecord, openSnapshot, recordOf, type Snapshot } from '@anax/broker';
import type { Command } from 'commander';
import { counted, printableJson } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import type { FileToWrite } from '../world/files.ts';
import { processEdges } from '../world/process.ts';
import { progressBar } from '../world/progress.ts';
import { complain, newVerb } from '../world/verb.ts';
import { DATA_DIRECTORY, performOnStore } from './common.ts';

interface Flags {
  readonly output: string;
}

/** What is gathered before it is written. */
const CHUNK_CHARACTERS = 64 * 1024;

const HELP = `
The first line says what it is, the last one how many records there are; between them is one line for each session,
subscription, delivery, retained message and so on, in the order in which they are stored: docs/durability.md. Of a damaged
store everything is exported that can be read.

A broker may be running. What is stored from begin to end is exported; of what comes and goes meanwhile only a part may be, which
is told, and \`anax store import\` then leaves out what fits in with nothing. For the records of one moment stop the broker.

The lines hold topics and payloads: a FILE is made for its owner only, and takes its place when it is complete.

Examples:
  $ anax store export --output backup.ndjson
  $ anax store export | gzip > backup.ndjson.gz
  $ anax store export | jq -r 'select(.record == "session") | .clientId'

Exit codes: 0 done, 1 done, but not all could be read, 2 not done.`;

/** The verb for the program `anax`. */
export function storeExportCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('store export', edgesOf);
  return verb.command
    .description('what a broker has stored, as lines of JSON, to back it up or to move it')
    .argument('[directory]', 'of the store', DATA_DIRECTORY)
    .option('-o, --output <file>', 'write to a file; - is standard output', '-')
    .addHelpText('after', HELP)
    .action((directory: string, { output }: Flags) =>
      performOnStore(verb, async (edges) => {
        const snapshot = openSnapshot(directory);
        try {
          return await exportTo(output, directory, snapshot, edges);
        } finally {
          await snapshot.close();
        }
      }),
    );
}

async function exportTo(
  output: string,
  directory: string,
  snapshot: Snapshot,
  edges: Edges,
): Promise<ExitCode> {
  if (output === '-') return told(await exported(snapshot, edges.write, edges), directory, edges);
  let file: FileToWrite | undefined;
  try {
    file = await edges.fileToWrite(output);
    const written = await exported(snapshot, file.write, edges);
    await file.keep();
    return told(written, directory, edges);
  } catch (error) {
    await file?.drop().catch(() => undefined);
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new UsageError(`${output} cannot be written: ${error.message}`);
  }
}

interface Exported {
  readonly records: number;
  readonly unreadable: number;
  readonly oneMoment: boolean;
}

async function exported(
  { format, rows, expected, faults, moment }: Snapshot,
  write: Edges['write'],
  edges: Edges,
): Promise<Exported> {
  let text = `${printableJson(headerRecord(format?.madeBy ?? 'unknown', new Date()))}\n`;
  const begun = moment();
  let seen = 0;
  let records = 0;
  const bar = progressBar(edges, 'rows exported', expected);
  for (const row of rows()) {
    const fact = factOrNothing(row);
    seen += 1;
    bar.show(seen);
    if (fact === undefined) continue;
    records += 1;
    text += `${printableJson(recordOf(fact))}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    await write(text);
    text = '';
  }
  // On damaged pages there were rows that nobody has seen.
  const lost = faults.length === 0 ? 0 : Math.max(0, expected - seen);
  const unreadable = lost + seen - records;
  const oneMoment = moment() === begun;
  await write(`${text}${printableJson(endRecord(records, unreadable, oneMoment))}\n`);
  bar.clear();
  return { records, unreadable, oneMoment };
}

function told({ records, unreadable, oneMoment }: Exported, directory: string, edges: Edges): ExitCode {
  if (edges.errorColumns !== undefined)
    complain('store export', `${counted(records, 'record')} exported`, edges);
  if (!oneMoment)
    complain('store export', 'a broker wrote meanwhile: the records are not all of one moment', edges);
  if (unreadable === 0) return EXIT.good;
  complain(
    'store export',
    `${counted(unreadable, 'row')} could not be read and are missing: anax store check ${directory} says why`,
    edges,
  );
  return EXIT.failed;
}
