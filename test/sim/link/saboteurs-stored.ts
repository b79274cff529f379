// Clients that are wrong on purpose about their store, and about messages that the application acknowledges itself.

import { Reason } from '@anax/protocol';
import { Session } from '../../../packages/client/src/index.ts';
import { Driver } from '../../../packages/client/src/shell/driver.ts';
import { OutboxRoom } from '../../../packages/client/src/shell/outbox-room.ts';
import { Router } from '../../../packages/client/src/shell/router.ts';
import { type LinkSaboteur, planted } from './planting.ts';

/** What an earlier process has left is taken over wrongly. */
function restored(wrong: (found: Parameters<Session['restore']>[0]) => Parameters<Session['restore']>[0]) {
  return planted(
    Session.prototype,
    'restore',
    (original) =>
      function (this: Session, found) {
        original.call(this, wrong(found));
      },
  );
}

export const STORED_SABOTEURS: readonly LinkSaboteur[] = [
  {
    name: 'sends before it has stored',
    rules: ['stored', 'exactly-once'],
    plant: planted(Driver.prototype, 'hold', () => () => {}),
  },
  {
    name: 'says that a message is stored when it is published',
    rules: ['stored'],
    plant: planted(
      OutboxRoom.prototype,
      'publish',
      (original) =>
        function (this: OutboxRoom, request, signal, driver, onStored) {
          const sent = original.call(this, request, signal, driver, undefined);
          if (this.hasStore && request.qos !== 0) onStored?.();
          return sent;
        },
    ),
  },
  {
    name: 'does not store that PUBREC has come',
    rules: ['exactly-once'],
    plant: planted(Session.prototype, 'releases', () => () => {}),
  },
  {
    name: 'does not store what it has received',
    rules: ['exactly-once', 'acknowledged'],
    plant: planted(Session.prototype, 'received', () => () => {}),
  },
  {
    name: 'leaves in its store what has arrived',
    rules: ['leak', 'settled'],
    plant: planted(Session.prototype, 'settles', () => () => {}),
  },
  {
    name: 'takes over in another order what was stored',
    rules: ['order'],
    plant: restored((found) => ({
      ...found,
      underWay: found.underWay.toReversed(),
      waiting: found.waiting.toReversed(),
    })),
  },
  {
    name: 'passes over one message that was stored',
    rules: ['settled'],
    plant: restored((found) => ({ ...found, waiting: found.waiting.slice(1) })),
  },
  {
    name: 'does not take over what it had received',
    rules: ['exactly-once', 'acknowledged'],
    plant: restored((found) => ({ ...found, received: [] })),
  },
  {
    name: 'does not say that a message stays in the store',
    rules: ['stored'],
    plant: planted(OutboxRoom.prototype, 'failStored', () => () => {}),
  },
];

export const MANUAL_SABOTEURS: readonly LinkSaboteur[] = [
  {
    name: 'does not wait for the application',
    rules: ['acknowledged'],
    plant: planted(
      Router.prototype,
      'deliver',
      (original) =>
        function (this: Router, message) {
          return original.call(this, message) ?? Reason.success;
        },
    ),
  },
  {
    name: 'waits for one subscription of several',
    rules: ['acknowledged'],
    plant: planted(Router.prototype, 'taken', () => (_message, reasonCode) => reasonCode),
  },
  {
    name: 'says yes where the application has said no',
    rules: ['acknowledged'],
    plant: planted(
      Router.prototype,
      'taken',
      (original) =>
        function (this: Router, message, reasonCode) {
          return original.call(this, message, reasonCode) === undefined ? undefined : Reason.success;
        },
    ),
  },
  {
    name: 'does not remember what is acknowledged while there is no connection',
    rules: ['settled'],
    plant: planted(Session.prototype, 'taken', () => () => {}),
  },
  {
    name: 'asks the application again for what it has',
    rules: ['exactly-once'],
    plant: planted(
      Session.prototype,
      'begin',
      (original) =>
        function (this: Session, connect, connack) {
          const lost = original.call(this, connect, connack);
          for (const packetId of this.untaken.keys()) this.inbox.forget(packetId);
          return lost;
        },
    ),
  },
];
