// `anax inspect`: MQTT packets from hex, a file or standard input, byte by byte.
// Owns the verb: its options, where its bytes come from, and its exit code. The process is touched in `processEdges` only.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  type Dialect,
  dialectFromText,
  type ExplainedPacket,
  explainStream,
  type Side,
} from '@anax/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { looksLikeText, parseHex } from './render/hex-input.ts';
import { packetJson, packetLines, painter, printable } from './render/index.ts';

/** Good, malformed or not whole, and a wrong call. */
export const INSPECT_EXIT = { good: 0, malformed: 1, usage: 2 } as const;

export type InspectExit = (typeof INSPECT_EXIT)[keyof typeof INSPECT_EXIT];

/** More input than this is refused, in bytes. */
const INPUT_BYTES_MAX = 256 * 1024 * 1024;

/** What the verb needs of the world. */
export interface InspectEdges {
  /** Waits, where whoever reads is slower than this writes. */
  readonly write: (text: string) => void | Promise<void>;
  readonly writeError: (text: string) => void;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Undefined where standard input is a terminal, at which nobody would type packets. */
  readonly readStandardInput: (() => Promise<Uint8Array>) | undefined;
  readonly colour: boolean;
  /** Sets the exit code; called once, when the work is done. */
  readonly exit: (code: InspectExit) => void;
  /** Ends at once, behind `--help` or a wrong option: commander expects it. */
  readonly leave: (code: InspectExit) => never;
}

export interface InspectOptions {
  readonly dialect?: Dialect | undefined;
  readonly sender?: Side | undefined;
  readonly json: boolean;
  readonly colour: boolean;
}

interface Flags {
  readonly file?: string;
  readonly format: 'auto' | 'hex' | 'binary';
  readonly mqttVersion?: Dialect;
  readonly from?: Side;
  readonly json?: true;
  readonly color: boolean;
}

/** A wrong call: told on standard error, exit code 2. */
class UsageError extends Error {}

const HELP = `
Input is hex, with or without spaces, 0x, colons or line ends, or a raw capture. It is one packet or a stream of them;
CONNECT sets the version of the packets behind it. --json gives one line of JSON for each packet.

Examples:
  $ anax inspect 10 0d 00 04 4d 51 54 54 05 02 00 3c 00 00 00
  $ anax inspect --mqtt-version 3.1.1 --from server 20020000
  $ anax inspect --file capture.bin
  $ xxd -p capture.bin | anax inspect --json

Exit codes: 0 good, 1 malformed or not whole (shown up to its fault), 2 wrong usage.`;

/** The verb for the program `anax`; the world is not touched before the verb runs. */
export function inspectCommand(edgesOf: () => InspectEdges = processEdges): Command {
  return new Command('inspect')
    .description(
      'show MQTT packets byte by byte: fields, values, what they mean, and the clauses of the standard',
    )
    .argument('[hex...]', 'packets in hex; - or nothing reads standard input')
    .option('-f, --file <file>', 'read a file instead; - is standard input')
    .addOption(
      new Option('--format <format>', 'what a file or standard input holds; auto tells text from binary')
        .choices(['auto', 'hex', 'binary'])
        .default('auto'),
    )
    .option(
      '-V, --mqtt-version <version>',
      'of packets not behind a CONNECT: 3.1, 3.1.1 or 5 (default: 5)',
      toDialect,
    )
    .addOption(
      new Option('--from <side>', 'who sent them (default: whoever may)').choices(['client', 'server']),
    )
    .option('--json', 'one line of JSON for each packet')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR')
    .addHelpText('after', HELP)
    .configureOutput({
      writeOut: (text) => void edgesOf().write(text),
      writeErr: (text) => edgesOf().writeError(text),
    })
    .exitOverride(({ exitCode }) => edgesOf().leave(exitCode === 0 ? INSPECT_EXIT.good : INSPECT_EXIT.usage))
    .action(async (hex: readonly string[], flags: Flags) => {
      const edges = edgesOf();
      edges.exit(await run(hex, flags, edges));
    });
}

/** Writes what is in `bytes`, packet by packet; gives the exit code. */
export async function inspectBytes(
  bytes: Uint8Array,
  options: InspectOptions,
  write: InspectEdges['write'],
): Promise<InspectExit> {
  let last: ExplainedPacket | undefined;
  for (const packet of explainStream(bytes, options)) {
    if (options.json) await write(`${packetJson(packet)}\n`);
    else await write(`${last === undefined ? '' : '\n'}${packetLines(packet, options).join('\n')}\n`);
    last = packet;
  }
  if (last === undefined || last.state === 'good') return INSPECT_EXIT.good;
  if (!options.json) for (const line of afterwords(last, bytes, options.colour)) await write(`${line}\n`);
  return INSPECT_EXIT.malformed;
}

/** What there is to say behind a packet that ended the stream. */
function afterwords(last: ExplainedPacket, bytes: Uint8Array, colour: boolean): readonly string[] {
  const words: string[] = [];
  const behind = bytes.length - last.offset - last.bytes.length;
  if (behind > 0) words.push(`${behind} more bytes were not read: a receiver closes the connection here.`);
  if (last.goodIn.length > 0) {
    words.push(
      `It was read as MQTT ${last.dialect.name}; it is good in MQTT ${last.goodIn.join(' and ')} (--mqtt-version).`,
    );
  }
  return words.map((word) => painter(colour)('warning', word));
}

async function run(hex: readonly string[], flags: Flags, edges: InspectEdges): Promise<InspectExit> {
  try {
    const bytes = await input(hex, flags, edges);
    if (bytes.length === 0) throw new UsageError('there are no bytes in the input');
    const { mqttVersion: dialect, from: sender } = flags;
    const options = { dialect, sender, json: flags.json === true, colour: edges.colour && flags.color };
    return await inspectBytes(bytes, options, edges.write);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    edges.writeError(`anax inspect: ${printable(error.message)}\n`);
    return INSPECT_EXIT.usage;
  }
}

async function input(hex: readonly string[], flags: Flags, edges: InspectEdges): Promise<Uint8Array> {
  const { file } = flags;
  const fromStandardInput = hex.length === 0 || (hex.length === 1 && hex[0] === '-');
  if (!fromStandardInput) {
    if (file !== undefined) throw new UsageError('give hex or --file, not both');
    return fromHex(hex.join(' '), 'the hex given');
  }
  if (file !== undefined && file !== '-') return decoded(await fileBytes(file, edges), flags, file);
  if (edges.readStandardInput === undefined) {
    throw new UsageError('give hex, --file FILE, or bytes on standard input (--help shows examples)');
  }
  return decoded(await edges.readStandardInput(), flags, 'standard input');
}

async function fileBytes(file: string, edges: InspectEdges): Promise<Uint8Array> {
  try {
    return await edges.readFile(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function decoded(bytes: Uint8Array, { format }: Flags, source: string): Uint8Array {
  if (bytes.length > INPUT_BYTES_MAX)
    throw new UsageError(`${source} has more than ${INPUT_BYTES_MAX} bytes`);
  const isText = format === 'hex' || (format === 'auto' && looksLikeText(bytes));
  return isText ? fromHex(new TextDecoder().decode(bytes), source) : bytes;
}

function fromHex(text: string, source: string): Uint8Array {
  const bytes = parseHex(text);
  if (bytes instanceof Uint8Array) return bytes;
  throw new UsageError(`${source} is not hex: ${bytes.message}`);
}

function toDialect(text: string): Dialect {
  const dialect = dialectFromText(text);
  if (dialect === undefined) throw new InvalidArgumentError('It is 3.1, 3.1.1 or 5.');
  return dialect;
}

/** The world as it is: this process. */
function processEdges(): InspectEdges {
  const { stdin, stdout, stderr, env } = process;
  return {
    write: async (text) => {
      if (!stdout.write(text)) await once(stdout, 'drain');
    },
    writeError: (text) => void stderr.write(text),
    readFile,
    readStandardInput: stdin.isTTY ? undefined : () => readAll(stdin),
    colour: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '',
    exit: (code) => {
      process.exitCode = code;
    },
    leave: (code) => process.exit(code),
  };
}

/** All there is, up to a little more than is taken. */
async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > INPUT_BYTES_MAX) break;
  }
  return Buffer.concat(chunks);
}
