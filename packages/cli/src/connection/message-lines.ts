// Messages as lines: the payload in some format, the topic before it, or JSON. Writes none of them.

import type { Message } from '@anax/client';
import { utf8Bytes } from '@anax/protocol';
import { excerptOf, FormatFault, payloadMember, type ShownFormat, shownPayload } from '../payload/index.ts';
import { printable, printableJson, printableJsonText } from '../render/index.ts';
import { type Edges, UsageError } from '../world/edges.ts';
import { complain } from '../world/verb.ts';
import { propertiesJson } from './negotiated.ts';

export interface ShowFlags {
  readonly json?: true;
  readonly verbose?: true;
  readonly format?: ShownFormat;
}

/** Undefined where the payload is not in the format that was asked for, which is told. */
export type LineOf = (message: Message) => string | Uint8Array | undefined;

/** Characters of a payload that is not in the format that was asked for. */
const EXCERPT_MAX = 200;

/** In the name of the verb. @throws UsageError for what cannot be asked for together */
export function lineMaker(verb: string, { json, verbose, format }: ShowFlags, edges: Edges): LineOf {
  const { terminal } = edges;
  if (json) {
    if (format === 'raw') throw new UsageError('--json has no --format raw: it is for text');
    return (message) => jsonLine(message, format ?? 'auto');
  }
  const shownAs = format ?? (terminal ? 'auto' : 'raw');
  return (message) => {
    const { topic, payload, properties } = message;
    try {
      const shown = shownPayload({ payload, contentType: properties.contentType }, shownAs, terminal);
      return lineWith(verbose === true ? `${terminal ? printable(topic) : topic} ` : '', shown);
    } catch (error) {
      if (!(error instanceof FormatFault)) throw error;
      const excerpt = excerptOf(
        { payload, bytes: payload.length, contentType: undefined },
        'auto',
        EXCERPT_MAX,
      );
      complain(verb, `${topic}: the payload ${error.message}; it is: ${excerpt}`, edges);
      return undefined;
    }
  };
}

function lineWith(before: string, shown: string | Uint8Array): string | Uint8Array {
  if (typeof shown === 'string') return `${before}${shown}\n`;
  return Buffer.concat([utf8Bytes(before), shown, utf8Bytes('\n')]);
}

function jsonLine(message: Message, format: Exclude<ShownFormat, 'raw'>): string {
  const { topic, payload, qos, retain, dup, properties } = message;
  const { name, json } = payloadMember({ payload, contentType: properties.contentType }, format);
  // What is JSON already is not read and written again: its numbers may be larger than those of JavaScript.
  const content = `"topic":${JSON.stringify(topic)},"${name}":${json}`;
  const rest = printableJson({ qos, retain, dup, properties: propertiesJson(properties) });
  return `{${printableJsonText(content)},${rest.slice(1)}\n`;
}
