// `anax config import`: a mosquitto.conf as a configuration of ours. Owns the verb, the files, and what is told.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { linesOf } from '../mosquitto/file.ts';
import { configurationText, sentenceOf } from '../mosquitto/text.ts';
import { type Translation, translate } from '../mosquitto/translate.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from '../world/edges.ts';
import { processEdges } from '../world/process.ts';
import { complain, newVerb, perform } from '../world/verb.ts';
import { createFile } from './create.ts';

const HELP = `
Files that it names, such as password_file and acl_file, are read by the broker as they are. Names of files are taken from the
folder in which this is run, as mosquitto does. What cannot be translated is told with its line, and stands in the result as a
comment; so does what means something else in a part. What mosquitto has stored is not taken over.

Examples:
  $ anax config import /etc/mosquitto/mosquitto.conf --output anax.yaml
  $ anax broker --config anax.yaml --check

Exit codes: 0 all of it is in the result, 1 something was left out, 2 not done.`;

export function configImportCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('config import', edgesOf);
  return verb.command
    .description('translate a mosquitto.conf')
    .argument('<file>', 'the mosquitto.conf')
    .option(
      '-o, --output <file>',
      'the file that is written, which must not be there; - is standard output',
      '-',
    )
    .addHelpText('after', HELP)
    .action((file: string, { output }: { readonly output: string }) =>
      perform(verb, (edges) => importFile(file, output, edges)),
    );
}

async function importFile(file: string, output: string, edges: Edges): Promise<ExitCode> {
  const translation = translate(await readLines(file, edges), (name) => resolve(name));
  const text = configurationText(translation, file);
  if (output === '-') await edges.write(text);
  else await createFile(output, text, edges);
  return told(translation, edges);
}

async function readLines(file: string, edges: Edges): ReturnType<typeof linesOf> {
  try {
    return await linesOf(file, {
      read: async (path) => new TextDecoder().decode(await edges.readFile(path)),
      list: edges.folders.list,
    });
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function told({ remarks }: Translation, edges: Edges): ExitCode {
  complain('config import', remarks.map(sentenceOf), edges);
  return remarks.some(({ kind }) => kind === 'left-out') ? EXIT.failed : EXIT.good;
}
