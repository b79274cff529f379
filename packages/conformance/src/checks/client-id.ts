// Client identifiers: those that every server takes, and the empty one. [5:3.1.3.1] [3.1.1:3.1.3.1] [3.1:3.1]

import { must, Unsuitable } from '../wire/broken.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, ConnectInput, Context } from './check.ts';

const LETTERS_AND_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHARS_MAX = 23;

/** Of 1 and of 23 characters, with all letters and digits between them. */
function takenEverywhere(clientId: string): readonly string[] {
  const ids = [clientId.at(-2) ?? 'a', clientId];
  const room = CHARS_MAX - clientId.length;
  for (let at = 0; at < LETTERS_AND_DIGITS.length; at += room) {
    ids.push(`${clientId}${LETTERS_AND_DIGITS.slice(at, at + room).padEnd(room, 'z')}`);
  }
  return ids;
}

/** A client without an identifier of its own. @throws Unsuitable where the broker takes none, as it may. */
async function nameless({ attempt }: Context, input: ConnectInput = {}): Promise<Peer> {
  const { peer, connack } = await attempt({ ...input, clientId: '' });
  if (connack.reasonCode === 0) return peer;
  throw new Unsuitable('not applicable', 'the broker takes no empty client identifier, as it may');
}

function assignedTo(peer: Peer): string {
  const { assignedClientIdentifier: assigned } = peer.connack.properties;
  must(
    assigned !== undefined && assigned !== '',
    'a CONNACK with an Assigned Client Identifier',
    assigned === undefined ? 'a CONNACK without' : 'an empty one',
  );
  return assigned;
}

export const CLIENT_ID: readonly Check[] = [
  {
    name: 'client-id/letters-and-digits',
    proves: '[5:MQTT-3.1.3-5] [3.1.1:MQTT-3.1.3-5] [3.1:3.1]',
    sentence: 'client identifiers of 1 to 23 letters and digits are accepted',
    async run({ attempt, clientId }) {
      for (const id of takenEverywhere(clientId())) {
        const { peer, connack } = await attempt({ clientId: id, label: id });
        const { reasonCode } = connack;
        must(reasonCode === 0, `CONNACK 0x00 for ${id}`, `0x${reasonCode.toString(16)}`);
        await peer.disconnect();
      }
    },
  },
  {
    name: 'client-id/empty-is-unique',
    proves: '[5:MQTT-3.1.3-6] [3.1.1:MQTT-3.1.3-6]',
    sentence: 'two clients with an empty client identifier are connected side by side',
    async run(context) {
      const first = await nameless(context, { label: 'first' });
      const second = await nameless(context, { label: 'second' });
      await second.fence();
      await first.fence();
    },
  },
  {
    name: 'client-id/assigned-is-told',
    proves: '[5:MQTT-3.2.2-16] [5:MQTT-3.1.3-7]',
    sentence: 'the answer to an empty client identifier tells an identifier that no other client has',
    async run(context) {
      const first = assignedTo(await nameless(context, { label: 'first' }));
      const second = assignedTo(await nameless(context, { label: 'second' }));
      must(first !== second, 'an Assigned Client Identifier that the first has not', second);
    },
  },
  {
    name: 'client-id/assigned-is-used',
    proves: '[5:MQTT-3.1.3-7]',
    sentence: 'the session of a client with an empty identifier is found again under the one assigned',
    async run(context) {
      const first = await nameless(context, { keep: true, label: 'nameless' });
      const clientId = assignedTo(first);
      await first.disconnect();
      const again = await context.connect({ keep: true, clientId, label: 'with the assigned identifier' });
      must(again.connack.sessionPresent, `Session Present 1 for ${clientId}`, 'Session Present 0');
    },
  },
];
