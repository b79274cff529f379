// Each packet sent and received, told as it passes: as text field by field, or as lines of JSON. Looks, never touches.

import type { Trace } from '@anax/client';
import { type Dialect, type ExplainedPacket, explain, type Side } from '@anax/protocol';
import type { Command } from 'commander';
import { fieldsJson, packetFacts, packetLines, painter, printableJson } from '../render/index.ts';
import type { Edges } from '../world/edges.ts';

/** Larger packets are told without their bytes and fields in JSON, which would take many times their size. */
const JSON_BYTES_MAX = 1024 * 1024;
/** Text that may wait for a slow reader; packets beyond are counted and not shown. */
const WAITING_CHARS_MAX = 16 * 1024 * 1024;

export interface TraceOptions {
  readonly dialect: Dialect;
  readonly write: (text: string) => void | Promise<void>;
  readonly colour: boolean;
}

/** Every packet byte by byte with its fields, as a protocol analyser would. */
export function textTrace({ dialect, write, colour }: TraceOptions): Trace {
  const paint = painter(colour);
  const outlet = new Outlet(write, (count) => `… ${count} packets are not shown: the output is too slow\n\n`);
  const tell = (sender: Side, bytes: Uint8Array, at: number): void => {
    outlet.put(() => {
      const [arrow, verb] = sender === 'client' ? ['→', 'sent'] : ['←', 'received'];
      const count = bytes.length === 1 ? '1 byte' : `${bytes.length} bytes`;
      const head = paint('faint', `${arrow} ${timeOf(at)} ${verb}, ${count}`);
      return `${[head, ...packetLines(explain(bytes, { dialect, sender }), { colour })].join('\n')}\n\n`;
    });
  };
  return traceBy(tell);
}

/** What `explainedAside` looks at. */
export function addExplainAside(command: Command): Command {
  return command
    .option('--explain', 'each packet sent and received, byte by byte with its fields, on standard error')
    .option('--no-color', 'no colour on a terminal; so does the environment variable NO_COLOR');
}

/** The trace of a verb whose output is something else: on standard error, where --explain asks for it. */
export function explainedAside(
  { explain: asked, color }: { readonly explain?: true; readonly color: boolean },
  dialect: Dialect,
  edges: Edges,
): { readonly trace?: Trace } {
  if (!asked) return {};
  return { trace: textTrace({ dialect, write: edges.writeError, colour: edges.colour && color }) };
}

/** A line of JSON for each packet; the tree of its fields only where it is asked for. */
export function jsonTrace(
  { dialect, write }: Omit<TraceOptions, 'colour'>,
  fields: 'fields' | 'no-fields',
): Trace {
  const outlet = new Outlet(write, (count) => `${printableJson({ event: 'not-shown', packets: count })}\n`);
  const tell = (sender: Side, bytes: Uint8Array, at: number): void => {
    outlet.put(() => {
      const event = sender === 'client' ? 'sent' : 'received';
      const explained = explain(bytes, { dialect, sender });
      return `${printableJson({ event, at: new Date(at).toISOString(), ...packetJson(explained, fields) })}\n`;
    });
  };
  return traceBy(tell);
}

function packetJson(explained: ExplainedPacket, fields: 'fields' | 'no-fields'): object {
  const { bytes, type, summary } = explained;
  if (bytes.length > JSON_BYTES_MAX) return { type, summary, length: bytes.length };
  return { ...packetFacts(explained), fields: fields === 'fields' ? fieldsJson(explained) : undefined };
}

function traceBy(tell: (sender: Side, bytes: Uint8Array, at: number) => void): Trace {
  return {
    sent: (bytes, at) => tell('client', bytes, at),
    received: (bytes, at) => tell('server', bytes, at),
  };
}

/** `14:03:22.123`, in the time of this place. */
function timeOf(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Writes without waiting, up to a limit: what a peer sends must not pile up in front of a slow reader. */
class Outlet {
  readonly #write: TraceOptions['write'];
  readonly #skippedText: (count: number) => string;
  #waitingChars = 0;
  #skipped = 0;

  constructor(write: TraceOptions['write'], skippedText: (count: number) => string) {
    this.#write = write;
    this.#skippedText = skippedText;
  }

  put(textOf: () => string): void {
    if (this.#waitingChars > WAITING_CHARS_MAX) {
      this.#skipped += 1;
      return;
    }
    const skipped = this.#skipped === 0 ? '' : this.#skippedText(this.#skipped);
    this.#skipped = 0;
    const text = skipped + textOf();
    this.#waitingChars += text.length;
    const done = (): void => {
      this.#waitingChars -= text.length;
    };
    // Where nobody reads any more the verb is told elsewhere.
    Promise.resolve(this.#write(text)).then(done, done);
  }
}
