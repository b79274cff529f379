// Standard input, or a file, as a whole or line by line, never more of it in memory than is allowed.

import { UsageError } from './edges.ts';

/** All there is. @throws UsageError where it is more than `bytesMax`. */
export async function readAll(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
  name = 'standard input',
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > bytesMax) throw new UsageError(`${name} has more than ${bytesMax} bytes`);
  }
  return Buffer.concat(parts, length);
}

/** Line by line without the line ends, `\n` or `\r\n`. @throws UsageError for a line of more than `bytesMax`. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Uint8Array, void> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let begin = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, begin)) {
      yield lineOf([...parts, chunk.subarray(begin, end)]);
      parts = [];
      length = 0;
      begin = end + 1;
    }
    parts.push(chunk.subarray(begin));
    length += chunk.length - begin;
    if (length > bytesMax) throw new UsageError(`a line has more than ${bytesMax} bytes`);
  }
  if (length > 0) yield lineOf(parts);
}

const LF = 0x0a;
const CR = 0x0d;

function lineOf(parts: readonly Uint8Array[]): Uint8Array {
  const line = Buffer.concat(parts);
  return line.at(-1) === CR ? line.subarray(0, -1) : line;
}
