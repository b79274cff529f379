// `anax inspect`: MQTT packets from hex, a file or standard input, byte by byte.
// Owns the verb: its options, where its bytes come from, and its exit code.

import { type Dialect, type ExplainedPacket, explainStream, type Side } from '@anax/protocol';
import { type Command, Option } from 'commander';
import { toDialect } from './connection/values.ts';
import { looksLikeText, packetJson, packetLines, painter, parseHex } from './render/index.ts';
import { type Edges, EXIT, type ExitCode, UsageError } from './world/edges.ts';
import { readAll } from './world/input.ts';
import { processEdges } from './world/process.ts';
import { newVerb, perform } from './world/verb.ts';

/** More input than this is refused, in bytes. */
const INPUT_BYTES_MAX = 256 * 1024 * 1024;

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

const HELP = `
Input is hex, with or without spaces, 0x, colons or line ends, or a raw capture. It is one packet or a stream of them;
CONNECT sets the version of the packets behind it. --json gives one line of JSON for each packet.

Examples:
  $ anax inspect 10 0d 00 04 4d 51 54 54 05 02 00 3c 00 00 00
  $ anax inspect --mqtt-version 3.1.1 --from server 20020000
  $ anax inspect capture.bin
  $ xxd -p capture.bin | anax inspect --json

Exit codes: 0 good, 1 malformed or not whole (shown up to its fault), 2 wrong usage.`;

/** The verb for the program `anax`. */
export function inspectCommand(edgesOf: () => Edges = processEdges): Command {
  const verb = newVerb('inspect', edgesOf);
  return verb.command
    .description(
      'show MQTT packets byte by byte: fields, values, what they mean, and the clauses of the standard',
    )
    .argument('[hex...]', 'packets in hex, or one file; - or nothing reads standard input')
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
    .action((hex: readonly string[], flags: Flags) =>
      perform(verb, async (edges) => {
        const bytes = await input(hex, flags, edges);
        if (bytes.length === 0) throw new UsageError('there are no bytes in the input');
        const { mqttVersion: dialect, from: sender } = flags;
        const options = { dialect, sender, json: flags.json === true, colour: edges.colour && flags.color };
        return inspectBytes(bytes, options, edges.write);
      }),
    );
}

/** Writes what is in `bytes`, packet by packet; gives the exit code. */
export async function inspectBytes(
  bytes: Uint8Array,
  options: InspectOptions,
  write: Edges['write'],
): Promise<ExitCode> {
  let last: ExplainedPacket | undefined;
  for (const packet of explainStream(bytes, options)) {
    if (options.json) await write(`${packetJson(packet)}\n`);
    else await write(`${last === undefined ? '' : '\n'}${packetLines(packet, options).join('\n')}\n`);
    last = packet;
  }
  if (last === undefined || last.state === 'good') return EXIT.good;
  if (!options.json) for (const line of afterwords(last, bytes, options.colour)) await write(`${line}\n`);
  return EXIT.failed;
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

async function input(hex: readonly string[], flags: Flags, edges: Edges): Promise<Uint8Array> {
  const { file } = flags;
  const fromStandardInput = hex.length === 0 || (hex.length === 1 && hex[0] === '-');
  if (!fromStandardInput) {
    if (file !== undefined) throw new UsageError('give hex or --file, not both');
    return given(hex, flags, edges);
  }
  if (file !== undefined && file !== '-') return decoded(await fileBytes(file, edges), flags, file);
  if (edges.standardInput.terminal) {
    throw new UsageError('give hex, --file FILE, or bytes on standard input (--help shows examples)');
  }
  return decoded(await readAll(edges.standardInput.read(), INPUT_BYTES_MAX), flags, 'standard input');
}

/** Hex, or the name of a file: what is hex is taken for hex. */
async function given(hex: readonly string[], flags: Flags, edges: Edges): Promise<Uint8Array> {
  const [name = ''] = hex;
  if (hex.length > 1 || parseHex(name) instanceof Uint8Array) return fromHex(hex.join(' '), 'the hex given');
  const bytes = await edges.readFile(name).catch(() => undefined);
  if (bytes !== undefined) return decoded(bytes, flags, name);
  return fromHex(name, 'the hex given', ', and there is no such file');
}

async function fileBytes(file: string, edges: Edges): Promise<Uint8Array> {
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

function fromHex(text: string, source: string, hint = ''): Uint8Array {
  const bytes = parseHex(text);
  if (bytes instanceof Uint8Array) return bytes;
  throw new UsageError(`${source} is not hex: ${bytes.message}${hint}`);
}
