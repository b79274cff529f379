// A cursor over the bytes of one packet. Reads the data types of the standard and refuses what does not fit. [5:1.5]
// Never reads past `end`, never allocates beyond what is there.

import { isTopicName, type TopicName, topicNameProblem } from '../topic/index.ts';
import { InternTable } from './intern.ts';
import { malformed, protocolError } from './refuse.ts';
import { readUtf8 } from './utf8.ts';

const CUT_SHORT = '[5:2.1.4] [3.1.1:2.2.3]';
const MINIMAL = '[5:MQTT-1.5.5-1]';

const texts = new InternTable(readUtf8);
const topicNames = new InternTable((bytes, at, end): TopicName => {
  const text = readUtf8(bytes, at, end);
  if (isTopicName(text)) return text;
  const problem = topicNameProblem(text);
  return protocolError(problem?.message ?? 'not a topic name', problem?.clause ?? '');
});

/** Of what a packet has a list: more in one packet is refused with Quota exceeded (0x97) before it is kept. */
export interface PacketLimits {
  /** User Properties in one list of properties. */
  readonly userPropertiesMax: number;
  /** Their bytes on the wire, identifiers and lengths included. */
  readonly userPropertyBytesMax: number;
  /** In SUBSCRIBE and UNSUBSCRIBE. */
  readonly topicFiltersMax: number;
}

const NONE = Number.POSITIVE_INFINITY;
export const NO_LIMITS: PacketLimits = {
  userPropertiesMax: NONE,
  userPropertyBytesMax: NONE,
  topicFiltersMax: NONE,
};

export class Reader {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  limits: PacketLimits = NO_LIMITS;

  get left(): number {
    return this.end - this.at;
  }

  uint8(what: string): number {
    if (this.at >= this.end) malformed(`the packet ends before ${what}`, CUT_SHORT);
    return this.bytes[this.at++] as number;
  }

  uint16(what: string): number {
    const { at, bytes } = this;
    if (at + 2 > this.end) malformed(`the packet ends before ${what}`, CUT_SHORT);
    this.at = at + 2;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  uint32(what: string): number {
    const high = this.uint16(what);
    return high * 0x10000 + this.uint16(what);
  }

  /** A Variable Byte Integer, minimal. [5:1.5.5] */
  variable(what: string): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.uint8(what);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) malformed(`${what} is written in more bytes than it needs`, MINIMAL);
        return value;
      }
    }
    return malformed(`${what} is longer than four bytes`, '[5:1.5.5] [3.1.1:2.2.3]');
  }

  /** A UTF-8 string likely to come again: names, content types, client identifiers. */
  text(what: string): string {
    const end = this.#field(what);
    const value = texts.read(this.bytes, this.at, end);
    this.at = end;
    return value;
  }

  /** A UTF-8 string that is seldom the same twice. */
  freshText(what: string): string {
    const end = this.#field(what);
    const value = readUtf8(this.bytes, this.at, end);
    this.at = end;
    return value;
  }

  topicName(what: string): TopicName {
    const end = this.#field(what);
    const value = topicNames.read(this.bytes, this.at, end);
    this.at = end;
    return value;
  }

  /** Binary data with its length before it: a view. */
  binary(what: string): Uint8Array {
    const end = this.#field(what);
    return this.#view(end);
  }

  /** All that is left of the packet: a view. */
  rest(): Uint8Array {
    return this.#view(this.end);
  }

  /** The packet must end here. */
  finish(packet: string, clause: string): void {
    if (this.at !== this.end) malformed(`${packet} has ${this.left} bytes after its last field`, clause);
  }

  #field(what: string): number {
    const length = this.uint16(`the length of ${what}`);
    const end = this.at + length;
    if (end > this.end) {
      malformed(`${what} should have ${length} bytes, the packet has ${this.left} left`, CUT_SHORT);
    }
    return end;
  }

  #view(end: number): Uint8Array {
    const { bytes, at } = this;
    this.at = end;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + at, end - at);
  }
}
