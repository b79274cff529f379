// Brokers that store wrongly on purpose: nobody notices until they die.

import type { Packet } from '@anax/protocol';
import type { Owed } from '../../packages/broker/src/hub/owed.ts';
import type { Restored } from '../../packages/broker/src/hub/restore.ts';
import type { RightsOf } from '../../packages/broker/src/hub/rights.ts';
import type { Session } from '../../packages/broker/src/hub/session.ts';
import type { Write } from '../../packages/broker/src/hub/writes.ts';
import { TABLE, type Table } from '../../packages/broker/src/records/keys.ts';
import type { Saboteur } from './saboteurs.ts';
import { OpenHub } from './world/broker.ts';
import type { Sabotage } from './world/world.ts';

/** Acknowledges before it has stored. */
class PromisesTooEarly extends OpenHub {
  constructor(...parts: ConstructorParameters<typeof OpenHub>) {
    super(...parts);
    this.journal.promise = () => undefined;
  }
}

class ForgetsArrivals extends OpenHub {
  constructor(...parts: ConstructorParameters<typeof OpenHub>) {
    super(...parts);
    this.journal.arrival = () => undefined;
  }
}

/** PUBREL leaves before it is stored that PUBREC has come. */
class ReleasesTooEarly extends OpenHub {
  override received(session: Session, owed: Owed): void {
    super.received(session, owed);
    this.journal.begin();
  }
}

/** PUBREC is not stored at all. */
class ForgetsPhases extends OpenHub {
  constructor(...parts: ConstructorParameters<typeof OpenHub>) {
    super(...parts);
    this.journal.received = () => undefined;
  }
}

class RestoresNoWills extends OpenHub {
  override restore(now: number, rightsOf: RightsOf): Restored {
    const { publish } = this;
    this.publish = () => 0;
    const restored = super.restore(now, rightsOf);
    this.publish = publish;
    return restored;
  }
}

function isOf(table: Table, { key }: Write): boolean {
  return key[0] === table;
}

/** Rows of a table that are not written, or not removed. */
function losesRows(table: Table): Sabotage {
  return { writes: (writes) => writes.filter((one) => !isOf(table, one) || one.value === undefined) };
}

function keepsRows(table: Table): Sabotage {
  return { writes: (writes) => writes.filter((one) => !isOf(table, one) || one.value !== undefined) };
}

/** Behind the flags of a delivery stands its packet identifier: as if it had never been sent. */
function withoutIdentifier(one: Write): Write {
  if (!isOf(TABLE.delivery, one) || one.value === undefined) return one;
  const value = one.value.slice();
  value.fill(0, 1, 3);
  return { key: one.key, value };
}

const withoutDup = (packet: Packet): Packet =>
  packet.type === 'publish' && packet.dup ? { ...packet, dup: false } : packet;

export const STORE_SABOTEURS: readonly Saboteur[] = [
  {
    name: 'a broker whose outputs wait for no store',
    rules: ['at-least-once', 'session-present', 'exactly-once', 'packet-id', 'match', 'retained', 'order'],
    sabotage: { ignoresHold: true },
  },
  {
    name: 'a broker that acknowledges before it has stored',
    rules: ['at-least-once', 'session-present', 'exactly-once', 'match', 'retained'],
    sabotage: { hub: PromisesTooEarly },
  },
  {
    name: 'a broker that does not store which QoS 2 identifiers it has received',
    rules: ['exactly-once'],
    sabotage: { hub: ForgetsArrivals },
  },
  {
    name: 'a broker that sends PUBREL before it has stored that PUBREC has come',
    rules: ['exactly-once', 'order', 'packet-id'],
    sabotage: { hub: ReleasesTooEarly },
  },
  {
    name: 'a broker that does not store that PUBREC has come',
    rules: ['exactly-once', 'packet-id', 'order', 'leak'],
    sabotage: { hub: ForgetsPhases },
  },
  {
    name: 'a broker that does not store under which identifier it has sent',
    rules: ['packet-id', 'exactly-once', 'bounds'],
    sabotage: { writes: (writes) => writes.map(withoutIdentifier) },
  },
  {
    name: 'a broker that loses sessions when it dies',
    rules: ['session-present'],
    sabotage: losesRows(TABLE.session),
  },
  {
    name: 'a broker that loses subscriptions when it dies',
    rules: ['at-least-once', 'match'],
    sabotage: losesRows(TABLE.subscription),
  },
  {
    name: 'a broker that loses what is owed',
    rules: ['at-least-once', 'leak'],
    sabotage: losesRows(TABLE.delivery),
  },
  {
    name: 'a broker that loses PUBREL when it dies',
    rules: ['packet-id', 'order', 'settled', 'exactly-once', 'at-least-once'],
    sabotage: losesRows(TABLE.release),
  },
  {
    name: 'a broker that loses what is retained when it dies',
    rules: ['retained'],
    sabotage: losesRows(TABLE.retained),
  },
  {
    name: 'a broker that publishes no wills when it begins anew',
    rules: ['at-least-once'],
    sabotage: { hub: RestoresNoWills },
  },
  {
    name: 'a broker whose store keeps what is acknowledged',
    rules: ['leak', 'packet-id', 'exactly-once', 'order', 'bounds', 'protocol'],
    sabotage: keepsRows(TABLE.delivery),
  },
  {
    name: 'a broker whose store keeps sessions that have ended',
    rules: ['leak', 'session-present', 'exactly-once'],
    sabotage: keepsRows(TABLE.session),
  },
  {
    name: 'a broker whose store keeps subscriptions that are no more',
    rules: ['leak', 'match'],
    sabotage: keepsRows(TABLE.subscription),
  },
  {
    name: 'a broker whose store keeps payloads that nobody is owed',
    rules: ['leak'],
    sabotage: keepsRows(TABLE.message),
  },
  {
    name: 'a broker whose store keeps identifiers that are released',
    rules: ['leak', 'at-least-once', 'settled'],
    sabotage: keepsRows(TABLE.arrival),
  },
  {
    name: 'a broker whose store keeps what is retained no more',
    rules: ['leak', 'retained', 'protocol'],
    sabotage: keepsRows(TABLE.retained),
  },
  {
    name: 'a broker that sends again without DUP what it has stored',
    rules: ['packet-id'],
    sabotage: { toClient: (packets) => packets.map(withoutDup) },
  },
];
