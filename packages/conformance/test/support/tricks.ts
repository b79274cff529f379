/** Owns the tricks that saboteurs are made of. Each breaks one thing on every connection where it can. */

import type { Packet } from '@anax/protocol';
import type { PacketOf } from '../../src/wire/packets.ts';
import type { Hooks, Link, Passing, Saboteur } from './saboteur.ts';

type Type = Packet['type'];
type Where<T extends Type> = (packet: PacketOf<T>, link: Link) => boolean;

/** A saboteur without a memory. */
export function always(hooks: Hooks): Saboteur {
  return () => () => hooks;
}

function matches<T extends Type>(
  { packet }: Passing,
  link: Link,
  type: T,
  where: Where<T> | undefined,
): PacketOf<T> | undefined {
  if (packet?.type !== type) return undefined;
  const found = packet as PacketOf<T>;
  return where === undefined || where(found, link) ? found : undefined;
}

/** The broker's packets of the type do not come. */
export function dropping<T extends Type>(type: T, where?: Where<T>): Saboteur {
  return always({ fromBroker: (passing, link) => (matches(passing, link, type, where) ? [] : undefined) });
}

/** The client's packets of the type do not reach the broker. */
export function swallowing<T extends Type>(type: T, where?: Where<T>): Saboteur {
  return always({ fromClient: (passing, link) => (matches(passing, link, type, where) ? [] : undefined) });
}

/** The broker's packets of the type come twice. */
export function doubling<T extends Type>(type: T, where?: Where<T>): Saboteur {
  return always({
    fromBroker: (passing, link) =>
      matches(passing, link, type, where) ? [passing.bytes, passing.bytes] : undefined,
  });
}

/** The broker's packets of the type come changed. */
export function altering<T extends Type>(
  type: T,
  change: (packet: PacketOf<T>, link: Link) => Packet | Uint8Array,
  where?: Where<T>,
): Saboteur {
  return always({
    fromBroker: (passing, link) => {
      const packet = matches(passing, link, type, where);
      return packet === undefined ? undefined : [change(packet, link)];
    },
  });
}

/** The client's packets of the type reach the broker changed. */
export function misreading<T extends Type>(
  type: T,
  change: (packet: PacketOf<T>, link: Link) => Packet | Uint8Array,
  where?: Where<T>,
): Saboteur {
  return always({
    fromClient: (passing, link) => {
      const packet = matches(passing, link, type, where);
      return packet === undefined ? undefined : [change(packet, link)];
    },
  });
}

/** The bytes of the broker's packets of the type come changed. */
export function bytesOf<T extends Type>(type: T, change: (bytes: Uint8Array) => Uint8Array): Saboteur {
  return always({
    fromBroker: (passing, link) =>
      matches(passing, link, type, undefined) ? [change(passing.bytes)] : undefined,
  });
}

/** The broker sends something of its own behind each packet of the type. */
export function adding<T extends Type>(
  type: T,
  more: (packet: PacketOf<T>, link: Link) => readonly (Packet | Uint8Array)[],
): Saboteur {
  return always({
    fromBroker: (passing, link) => {
      const packet = matches(passing, link, type, undefined);
      return packet === undefined ? undefined : [passing.bytes, ...more(packet, link)];
    },
  });
}

/** The broker closes where it should not: when the client's packet of the type arrives. */
export function hangingUpAt<T extends Type>(type: T, where?: Where<T>): Saboteur {
  return always({
    fromClient: (passing, link) => {
      if (matches(passing, link, type, where) === undefined) return undefined;
      link.hangUp();
      return [];
    },
  });
}

/** The client's connection stays open, and hears nothing, where the broker closes it. */
export const stayingOpen: Saboteur = always({
  brokerClosed: () => true,
  fromBroker: ({ packet }) => (packet?.type === 'disconnect' ? [] : undefined),
});

/** The broker does not see what is malformed, nor anything behind it. */
export const lenient: Saboteur = () => () => {
  let lost = false;
  return {
    fromClient: ({ packet }) => {
      lost ||= packet === undefined;
      return lost ? [] : undefined;
    },
  };
};

/** The broker closes as soon as a packet begins that is not whole. */
export const impatient: Saboteur = always({
  fromClient: ({ packet }, link) => {
    if (packet === undefined) link.hangUp();
    return undefined;
  },
});
