// A packet as a line of a trace: all of it, but not the whole of a long payload.

import type { Packet } from '@anax/protocol';

export function told(packet: Packet): string {
  const { type, ...fields } = packet;
  return `${type} ${JSON.stringify(fields, (key, value: unknown) => {
    if (key === 'dialect') return undefined;
    if (!(value instanceof Uint8Array)) return value;
    const text = new TextDecoder().decode(value.subarray(0, 12));
    return value.length > 12 ? `${text}+${value.length - 12}` : text;
  })}`;
}
