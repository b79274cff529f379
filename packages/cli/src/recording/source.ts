// Where a replay reads from: a file, checked as a whole before anything is published, and again for each pass; or a stream,
// which is read once. Publishes nothing.

import { type Edges, UsageError } from '../world/edges.ts';
import { linesOf } from '../world/input.ts';
import { progressBar } from '../world/progress.ts';
import { LineFault, type RecordedMessage, readMessage, requireHeader } from './line.ts';

/** The largest message as base64, and what is around it. */
const LINE_BYTES_MAX = 400 * 1024 * 1024;

export interface NumberedMessage {
  readonly line: number;
  readonly message: RecordedMessage;
}

export interface Source {
  /** All messages from the first one; they end early where the signal aborts. Throws UsageError for a line that is wrong. */
  readonly pass: (over: AbortSignal) => AsyncIterable<NumberedMessage>;
  /** Undefined where nobody knows. */
  readonly messages: number | undefined;
}

/** @throws UsageError where it cannot be read, a line of it is wrong, or it can be read once only and has to be more often. */
export async function sourceOf(file: string, passes: number, edges: Edges): Promise<Source> {
  const once = (): void => {
    if (passes > 1) throw new UsageError(`--loop needs a file: ${nameOf(file)} can be read only once`);
  };
  if (file === '-') {
    once();
    return {
      pass: (over) => until(over, messagesOf(edges.standardInput.read(over), file)),
      messages: undefined,
    };
  }
  const { chunks, bytes, regular } = await opened(file, edges);
  if (!regular) {
    once();
    return { pass: (over) => until(over, messagesOf(chunks, file)), messages: undefined };
  }
  const bar = progressBar(edges, `${file} checked`, bytes);
  let messages = 0;
  try {
    for await (const _ of messagesOf(watched(chunks, bar.show), file)) messages += 1;
  } finally {
    bar.clear();
  }
  return { pass: (over) => until(over, again(file, edges)), messages };
}

async function* again(file: string, edges: Edges): AsyncGenerator<NumberedMessage, void> {
  const { chunks } = await opened(file, edges);
  yield* messagesOf(chunks, file);
}

async function opened(file: string, edges: Edges): ReturnType<Edges['fileToRead']> {
  try {
    return await edges.fileToRead(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  show: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    show(bytes);
    yield chunk;
  }
}

async function* messagesOf(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<NumberedMessage, void> {
  let line = 0;
  let leastMs = 0;
  try {
    for await (const bytes of linesOf(chunks, LINE_BYTES_MAX)) {
      line += 1;
      if (line === 1) {
        requireHeader(bytes);
        continue;
      }
      const message = readMessage(bytes, leastMs);
      leastMs = message.offsetMs;
      yield { line, message };
    }
    if (line === 0) throw new LineFault('expected the header of a recording, and there is nothing');
  } catch (error) {
    if (!(error instanceof LineFault)) throw error;
    throw new UsageError(`${nameOf(file)}:${Math.max(1, line)}: ${error.message}`);
  }
}

async function* until(
  over: AbortSignal,
  messages: AsyncIterable<NumberedMessage>,
): AsyncGenerator<NumberedMessage, void> {
  try {
    for await (const message of messages) {
      if (over.aborted) return;
      yield message;
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
