// The password that `anax passwd` is given: typed without being shown, or the first line of standard input. Keeps none.

import { utf8Text } from '../render/index.ts';
import { type Edges, UsageError } from '../world/edges.ts';
import { readAll } from '../world/input.ts';
import { askHidden } from '../world/prompt.ts';
import { complain } from '../world/verb.ts';

const BYTES_MAX = 65_535;

/** @throws UsageError */
export async function typedPassword(
  name: string,
  times: 'once' | 'twice',
  { password }: { readonly password?: string },
  edges: Edges,
): Promise<string> {
  const given = password ?? (await asked(name, times, edges));
  if (password !== undefined) {
    const where = 'others see it in the list of processes, and your shell may keep it';
    complain('passwd', `--password shows the password: ${where}`, edges);
  }
  if (given === '') throw new UsageError('the password is empty');
  if (Buffer.byteLength(given) > BYTES_MAX)
    throw new UsageError(`the password has more than ${BYTES_MAX} bytes`);
  return given;
}

async function asked(name: string, times: 'once' | 'twice', edges: Edges): Promise<string> {
  if (!edges.standardInput.terminal) return firstLine(edges);
  const first = await askHidden(`Password of ${name}: `, edges);
  if (times === 'twice' && first !== (await askHidden('Again: ', edges))) {
    throw new UsageError('these are two passwords; nothing was changed');
  }
  return first;
}

async function firstLine({ standardInput }: Edges): Promise<string> {
  const text = utf8Text(await readAll(standardInput.read(), BYTES_MAX * 2));
  if (text === undefined) throw new UsageError('the password on standard input is not UTF-8');
  const [line = '', ...more] = text.split(/\r?\n/);
  if (more.some((one) => one !== ''))
    throw new UsageError('standard input has more than one line: which is the password?');
  return line;
}
