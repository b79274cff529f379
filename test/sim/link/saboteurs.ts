// Clients that are wrong on purpose, one for each thing that the witness has to notice; those that are wrong about a store
// or about acknowledgements of the application stand in `saboteurs-stored.ts`.

import { Reason } from '@anax/protocol';
import type { Outgoing } from '../../../packages/client/src/index.ts';
import { Reconnect, Session } from '../../../packages/client/src/index.ts';
import { MessageBuffer } from '../../../packages/client/src/shell/buffer.ts';
import { OutboxRoom } from '../../../packages/client/src/shell/outbox-room.ts';
import { WantedRequests } from '../../../packages/client/src/shell/requests.ts';
import { Router } from '../../../packages/client/src/shell/router.ts';
import { Tickets } from '../../../packages/client/src/shell/tickets.ts';
import { type LinkSaboteur, planted } from './planting.ts';

const PUBREL = 0x62;
const NOTHING = new Uint8Array(0);

/** When a connection goes on with the session, before anything is sent. */
function resumed(wrong: (session: Session, underWay: readonly Outgoing[]) => void): () => () => void {
  return planted(
    Session.prototype,
    'begin',
    (original) =>
      function (this: Session, connect, connack) {
        const lost = original.call(this, connect, connack);
        if (this.kept)
          wrong(
            this,
            [...this.outbox.values()].filter(({ phase }) => phase === 'publish'),
          );
        return lost;
      },
  );
}

let count = 0;

export const LINK_SABOTEURS: readonly LinkSaboteur[] = [
  {
    name: 'forgets a message when the connection is lost',
    rules: ['settled'],
    plant: resumed((session, underWay) => {
      const last = underWay.at(-1);
      if (last !== undefined) session.forget(last);
    }),
  },
  {
    name: 'sends again under another identifier',
    rules: ['exactly-once'],
    plant: resumed((session, underWay) => {
      for (const owed of underWay) session.forget(owed);
      session.waiting.putBack(underWay.map((owed) => Object.assign(owed, { packetId: 0 })));
    }),
  },
  {
    name: 'forgets PUBREL',
    rules: ['settled'],
    plant: () => () => {},
    sabotage: { toServer: (packet) => (packet[0] === PUBREL ? NOTHING : packet) },
  },
  {
    name: 'says that a message has arrived once it is asked for',
    rules: ['at-least-once', 'resubscribed'],
    plant: planted(
      Tickets.prototype,
      'open',
      (original) =>
        function (this: Tickets, signal, begin, givenUp) {
          const result = original.call(this, signal, begin, givenUp);
          if (givenUp === undefined || signal !== undefined) return result as never;
          result.catch(() => {});
          return Promise.resolve({ reasonCode: Reason.success, properties: {} }) as never;
        },
    ),
  },
  {
    name: 'never settles one promise in forty',
    rules: ['settled'],
    plant: planted(
      Tickets.prototype,
      'settle',
      (original) =>
        function (this: Tickets, ticket, outcome) {
          count += 1;
          if (count % 40 > 0) original.call(this, ticket, outcome);
        },
    ),
  },
  {
    name: 'sends again in another order',
    rules: ['order'],
    plant: resumed((session, [first, second]) => {
      if (first === undefined || second === undefined) return;
      session.outbox.forget(first.packetId);
      session.outbox.hold(first);
    }),
  },
  {
    name: 'does not subscribe again when the session is lost',
    rules: ['resubscribed', 'at-least-once'],
    plant: planted(WantedRequests.prototype, 'renew', () => () => {}),
  },
  {
    name: 'gives a message to an iteration twice',
    rules: ['exactly-once'],
    plant: planted(
      MessageBuffer.prototype,
      'push',
      (original) =>
        function (this: MessageBuffer<unknown>, message) {
          original.call(this, message);
          return original.call(this, message);
        },
    ),
  },
  {
    name: 'acknowledges a message before it is taken',
    rules: ['at-least-once', 'acknowledged'],
    plant: planted(
      Router.prototype,
      'deliver',
      (original) =>
        function (this: Router, message) {
          original.call(this, message);
          return Reason.success;
        },
    ),
  },
  {
    name: 'drops what finds a buffer full',
    rules: ['at-least-once', 'resubscribed'],
    plant: planted(
      MessageBuffer.prototype,
      'push',
      (original) =>
        function (this: MessageBuffer<unknown>, message) {
          return this.full ? false : original.call(this, message);
        },
    ),
  },
  {
    name: 'leaves a timer behind',
    rules: ['leak'],
    plant: planted(OutboxRoom.prototype, 'close', () => () => Promise.resolve()),
  },
  {
    name: 'forgets what it has received and not released',
    rules: ['exactly-once'],
    plant: resumed((session) => {
      for (const packetId of session.inbox.packetIds()) session.inbox.forget(packetId);
    }),
  },
  {
    name: 'takes every session for the one that it had',
    rules: ['resubscribed', 'at-least-once', 'settled', 'protocol', 'exactly-once', 'acknowledged'],
    plant: planted(
      Session.prototype,
      'begin',
      (original) =>
        function (this: Session, connect, connack) {
          return original.call(this, connect, { ...connack, sessionPresent: true });
        },
    ),
  },
  {
    name: 'tries again at once',
    rules: ['back-off'],
    plant: planted(
      Reconnect.prototype,
      'ended',
      (original) =>
        function (this: Reconnect, reason, now) {
          const next = original.call(this, reason, now);
          return next.type === 'again' ? { ...next, delayMs: 0, at: now } : next;
        },
    ),
  },
  {
    name: 'does not end iterations with itself',
    rules: ['settled'],
    plant: planted(Router.prototype, 'end', () => () => {}),
  },
  {
    name: 'ends what is subscribed behind UNSUBSCRIBE',
    rules: ['settled'],
    plant: planted(
      Router.prototype,
      'unsubscribed',
      (original) =>
        function (this: Router, topicFilters) {
          original.call(this, topicFilters, this.subscriptions);
        },
    ),
  },
];
