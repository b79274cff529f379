/** Owns what breaks each check of wills. */

import type { ConnectPacket, Will } from '@anax/protocol';
import { disconnect } from '../../src/wire/packets.ts';
import type { Link, Saboteur } from '../support/saboteur.ts';
import { altering, always, doubling, hangingUpAt, misreading, swallowing } from '../support/tricks.ts';
import type { Saboteurs } from './saboteurs.ts';

const CONNECT_BYTE = 0x10;

/** Reads another will than CONNECT has. */
function misreadingWill(change: (will: Will) => Partial<Will> | undefined): Saboteur {
  return misreading('connect', (packet) => {
    const { will } = packet;
    const changed = will === undefined ? undefined : change(will);
    return {
      ...packet,
      will: will === undefined || changed === undefined ? undefined : { ...will, ...changed },
    };
  });
}

/** Takes a second CONNECT for a DISCONNECT. */
const leavingAtSecond: Saboteur = () => () => {
  let connects = 0;
  return {
    fromClient: ({ bytes }) => {
      // The second is no packet any more for a decoder that holds to the standard.
      if (bytes[0] === CONNECT_BYTE) connects += 1;
      return connects > 1 ? [disconnect()] : undefined;
    },
  };
};

/** Who is taken over counts as disconnected. */
const leavingAtTakeOver: Saboteur = () => {
  const links = new Map<string, Link>();
  return (link) => ({
    fromClient: ({ packet }) => {
      if (packet?.type !== 'connect') return undefined;
      links.get(packet.clientId)?.toBroker(disconnect());
      links.set(packet.clientId, link);
      return undefined;
    },
  });
};

/** A connection without a will has the one of the connection before. */
const remembering: Saboteur = () => {
  const wills = new Map<string, Will>();
  return () => ({
    fromClient: ({ packet }) => {
      if (packet?.type !== 'connect') return undefined;
      const { clientId, will = wills.get(clientId) } = packet;
      if (will !== undefined) wills.set(clientId, will);
      return [{ ...packet, will }];
    },
  });
};

export const WILL: Saboteurs = {
  'will/when-cut': misreadingWill(() => undefined),
  'will/when-closed-without-disconnect': always({
    clientGone: (link) => {
      link.toBroker(disconnect());
      return false;
    },
  }),
  'will/when-malformed': always({
    fromClient: ({ packet }) => (packet === undefined ? [disconnect()] : undefined),
  }),
  'will/when-connected-twice': leavingAtSecond,
  'will/when-taken-over': leavingAtTakeOver,
  'will/of-a-session-resumed': misreadingWill(() => undefined),
  'will/as-given': misreadingWill(({ payload }) => ({ payload: payload.subarray(1) })),
  'will/every-qos': hangingUpAt('connect', ({ will }) => will?.qos === 2),
  'will/not-after-disconnect': swallowing('disconnect'),
  'will/once': doubling('publish'),
  'will/none-without-flag': remembering,
  'will/not-retained': misreadingWill(() => ({ retain: true })),
  'will/retained': misreadingWill(() => ({ retain: false })),
};

/** Reads CONNECT otherwise, where it has a will. */
function misreadingMortal(change: (packet: ConnectPacket) => Partial<ConnectPacket>): Saboteur {
  return misreading(
    'connect',
    (packet) => ({ ...packet, ...change(packet) }),
    ({ will }) => will !== undefined,
  );
}

export const WILL_PROPERTIES: Saboteurs = {
  'will-properties/delay': misreadingWill(() => ({ properties: {} })),
  'will-properties/delay-ends-with-session': misreadingMortal(() => ({
    properties: { sessionExpiryInterval: 300 },
  })),
  'will-properties/delay-ends-with-clean-start': misreading('connect', (packet) => ({
    ...packet,
    cleanStart: false,
  })),
  'will-properties/delay-cancelled': misreading('connect', (packet) => ({ ...packet, cleanStart: true })),
  'will-properties/user-properties-in-order': altering('publish', (packet) => ({
    ...packet,
    properties: {
      ...packet.properties,
      userProperties: [...(packet.properties.userProperties ?? [])].reverse(),
    },
  })),
};
