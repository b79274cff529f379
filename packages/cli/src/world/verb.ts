// What all verbs do alike: help and wrong options through the edges, one place where errors become sentences and exit
// codes. Knows no verb.

import { Command } from 'commander';
import { printable } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode, OutputClosed, UsageError } from './edges.ts';

/** The verb without its options; the world is not touched before the verb runs. */
export interface Verb {
  /** As it is called: `pub`, `store check`. */
  readonly name: string;
  readonly command: Command;
  readonly edges: () => Edges;
}

export function newVerb(name: string, edgesOf: () => Edges): Verb {
  let world: Edges | undefined;
  const edges = (): Edges => {
    world ??= edgesOf();
    return world;
  };
  const command = new Command(name.split(' ').at(-1))
    .configureOutput({
      writeOut: (text) => void edges().write(text),
      writeErr: (text) => edges().writeError(text),
    })
    .exitOverride(({ exitCode }) => edges().leave(exitCode === 0 ? EXIT.good : EXIT.usage));
  return { name, command, edges };
}

/** Does the work of a verb and sets the exit code: 2 for a wrong call, which is told. */
export async function perform(
  { name, edges }: Verb,
  work: (edges: Edges) => Promise<ExitCode>,
): Promise<void> {
  const world = edges();
  try {
    world.exit(await work(world));
  } catch (error) {
    if (error instanceof OutputClosed) return world.exit(EXIT.good);
    if (!(error instanceof UsageError)) throw error;
    complain(name, error.message, world);
    world.exit(EXIT.usage);
  }
}

/** `anax pub: ...` on standard error, line by line; nothing in them is obeyed by a terminal. */
export function complain(verb: string, text: string | readonly string[], edges: Edges): void {
  for (const line of typeof text === 'string' ? [text] : text) {
    edges.writeError(`anax ${verb}: ${printable(line)}\n`);
  }
}
