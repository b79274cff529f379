// Where the messages of `anax pub` come from: one from its options, a file or standard input, or one from each line. Publishes
// nothing.

import { PACKET_BYTES_MAX, type PropertiesOf, type QoS, utf8Bytes } from '@anax/protocol';
import { FormatFault, payloadOf, type TypedFormat } from '../payload/index.ts';
import { LineFault } from '../recording/fields.ts';
import { type Edges, UsageError } from '../world/edges.ts';
import { linesOf, readAll } from '../world/input.ts';
import { readLine } from './ndjson.ts';

export interface SourceFlags {
  readonly topic?: string;
  readonly qos: QoS;
  readonly retain?: true;
  readonly message?: string;
  readonly file?: string;
  readonly stdin?: true;
  readonly lines?: true;
  readonly lineMode?: true;
  readonly ndjson?: true;
  readonly nullMessage?: true;
  readonly format?: TypedFormat;
}

export interface MessageToSend {
  /** From 1; undefined where there is one message only. */
  readonly line: number | undefined;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PropertiesOf<'publish'>;
}

export interface MessageSource {
  /** Many, of which nobody knows how many. */
  readonly many: boolean;
  /** Of a file that is read line by line: its name, and how large it is. */
  readonly file: { readonly name: string; readonly bytes: number } | undefined;
  /** In order; ends early where the signal aborts. @throws UsageError for a line that is wrong */
  readonly messages: (over: AbortSignal, read: (bytes: number) => void) => AsyncIterable<MessageToSend>;
}

const KINDS = ['message', 'file', 'stdin', 'lines', 'ndjson', 'nullMessage'] as const;
type Kind = (typeof KINDS)[number];

/** A line of JSON may need six characters for a byte. */
const JSON_LINE_BYTES_MAX = 400 * 1024 * 1024;

/** What can be read at once is read before anything is connected. @throws UsageError */
export async function sourceOf(
  flags: SourceFlags,
  properties: PropertiesOf<'publish'>,
  edges: Edges,
): Promise<MessageSource> {
  const kind = kindOf(flags);
  if (flags.topic === undefined && kind !== 'ndjson') throw new UsageError('give --topic');
  if (kind === 'lines' || kind === 'ndjson') return linesSource(kind, flags, properties, edges);
  const typed = await typedOf(kind, flags, edges);
  const payload = kind === 'nullMessage' ? typed : encoded(typed, flags.format, nameOf(kind, flags));
  const message = messageOf(undefined, payload, flags, properties);
  const messages = async function* (): AsyncGenerator<MessageToSend, void> {
    yield message;
  };
  return { many: false, file: undefined, messages };
}

/** `--file` alone is one message; with `--lines` or `--ndjson` they are the lines of the file. @throws UsageError */
function kindOf(flags: SourceFlags): Kind {
  const all = { ...flags, ...(flags.lineMode ? { lines: true } : {}) };
  const kinds = KINDS.filter((kind) => all[kind] !== undefined);
  const byLine = kinds.filter((kind) => kind === 'lines' || kind === 'ndjson');
  const [kind, ...others] = byLine.length === 1 ? kinds.filter((one) => one !== 'file') : kinds;
  if (kind !== undefined && others.length === 0) return kind;
  throw new UsageError('give one of --message, --file, --stdin, --lines, --ndjson and --null-message');
}

async function typedOf(
  kind: Kind,
  { message = '', file = '' }: SourceFlags,
  edges: Edges,
): Promise<Uint8Array> {
  if (kind === 'message') return utf8Bytes(message);
  if (kind === 'stdin') return readAll(edges.standardInput.read(), PACKET_BYTES_MAX);
  if (kind !== 'file') return new Uint8Array(0);
  return edges.readFile(file).catch((error: unknown) => {
    throw unreadable(file, error);
  });
}

function nameOf(kind: Kind, { file }: SourceFlags): string {
  if (kind === 'message') return '--message';
  return kind === 'file' ? String(file) : 'standard input';
}

function unreadable(file: string, error: unknown): UsageError {
  return new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
}

function encoded(typed: Uint8Array, format: TypedFormat | undefined, name: string): Uint8Array {
  try {
    return payloadOf(typed, format);
  } catch (error) {
    if (error instanceof FormatFault) throw new UsageError(`${name} ${error.message}`);
    throw error;
  }
}

function messageOf(
  line: number | undefined,
  payload: Uint8Array,
  { topic = '', qos, retain }: SourceFlags,
  properties: PropertiesOf<'publish'>,
): MessageToSend {
  return { line, topic, payload, qos, retain: retain === true, properties };
}

async function linesSource(
  kind: 'lines' | 'ndjson',
  flags: SourceFlags,
  properties: PropertiesOf<'publish'>,
  edges: Edges,
): Promise<MessageSource> {
  const { file } = flags;
  const found =
    file === undefined
      ? undefined
      : await edges.fileToRead(file).catch((error: unknown) => {
          throw unreadable(file, error);
        });
  const name = file ?? 'standard input';
  const read = kind === 'lines' ? plainLine : jsonLine;
  const messages = async function* (
    over: AbortSignal,
    told: (bytes: number) => void,
  ): AsyncGenerator<MessageToSend, void> {
    const chunks = watched(found?.chunks ?? edges.standardInput.read(over), told);
    let number = 0;
    try {
      for await (const bytes of linesOf(chunks, kind === 'lines' ? PACKET_BYTES_MAX : JSON_LINE_BYTES_MAX)) {
        if (over.aborted) return;
        number += 1;
        const message = read(number, bytes, flags, properties);
        if (message !== undefined) yield message;
      }
    } catch (error) {
      if (over.aborted) return;
      if (error instanceof LineFault) throw new UsageError(`${name}:${number}: ${error.message}`);
      throw error;
    }
  };
  const known = file === undefined || found === undefined || !found.regular;
  return { many: true, file: known ? undefined : { name: file, bytes: found.bytes }, messages };
}

async function* watched(
  chunks: AsyncIterable<Uint8Array>,
  told: (bytes: number) => void,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    told(bytes);
    yield chunk;
  }
}

function plainLine(
  number: number,
  line: Uint8Array,
  flags: SourceFlags,
  properties: PropertiesOf<'publish'>,
): MessageToSend {
  try {
    return messageOf(number, payloadOf(line, flags.format), flags, properties);
  } catch (error) {
    if (error instanceof FormatFault) throw new LineFault(`the payload ${error.message}`);
    throw error;
  }
}

/** Undefined for an empty line, as at the end of what was put together by hand. */
function jsonLine(
  number: number,
  line: Uint8Array,
  flags: SourceFlags,
  properties: PropertiesOf<'publish'>,
): MessageToSend | undefined {
  if (line.length === 0) return undefined;
  const read = readLine(line, flags.format);
  const { topic = flags.topic, qos = flags.qos, retain = flags.retain === true } = read;
  if (topic === undefined) throw new LineFault('there is no `topic`, and no --topic');
  return {
    line: number,
    topic,
    payload: read.payload,
    qos,
    retain,
    properties: { ...properties, ...read.properties },
  };
}
