// Brokers and clients that are wrong on purpose, one for each thing that the model has to notice.

import type { Message as Kept, Packet } from '@anax/protocol';
import type { Link } from '../../packages/broker/src/hub/link.ts';
import type { Ending, Opened, Opening } from '../../packages/broker/src/hub/opening.ts';
import type { Owed } from '../../packages/broker/src/hub/owed.ts';
import type { Session, Subscription } from '../../packages/broker/src/hub/session.ts';
import type { RuleName } from './model/violation.ts';
import { OpenHub } from './world/broker.ts';
import type { Sabotage } from './world/world.ts';

export interface Saboteur {
  readonly name: string;
  /** What the model may call it: one mistake often shows in more than one way. */
  readonly rules: readonly RuleName[];
  readonly sabotage: Sabotage;
}

const FOR_EVER_SECONDS = 0xffff_ffff;

/** Every so many messages one meets with an accident. */
function isTheOne({ payload }: Kept): boolean {
  return payload.length > 0 && (payload[payload.length - 1] as number) % 7 === 0;
}

class Loses extends OpenHub {
  override take(message: Kept, publisher: Session | undefined, now: number): number {
    return message.qos > 0 && !message.retain && isTheOne(message) ? 1 : super.take(message, publisher, now);
  }
}

class DeliversTwice extends OpenHub {
  override take(message: Kept, publisher: Session | undefined, now: number): number {
    if (message.qos === 2 && isTheOne(message)) super.take(message, publisher, now);
    return super.take(message, publisher, now);
  }
}

class RetainsNothing extends OpenHub {
  override take(message: Kept, publisher: Session | undefined, now: number): number {
    return super.take({ ...message, retain: false }, publisher, now);
  }
}

class SeesNoSubscribers extends OpenHub {
  override take(message: Kept, publisher: Session | undefined, now: number): number {
    super.take(message, publisher, now);
    return 0;
  }
}

class ForgetsReceived extends OpenHub {
  override close(session: Session, link: Link, ending: Ending, now: number): void {
    for (const packetId of session.inbox.packetIds()) session.inbox.forget(packetId);
    super.close(session, link, ending, now);
  }
}

class ForgetsSessions extends OpenHub {
  override open(opening: Opening, now: number): Opened {
    return super.open({ ...opening, cleanStart: true }, now);
  }
}

class KeepsSessions extends OpenHub {
  override open(opening: Opening, now: number): Opened {
    const expirySeconds = opening.expirySeconds === 0 ? 0 : FOR_EVER_SECONDS;
    return super.open({ ...opening, expirySeconds }, now);
  }
}

class IgnoresGoodbyes extends OpenHub {
  override close(session: Session, link: Link, _: Ending, now: number): void {
    super.close(session, link, 'abnormal', now);
  }
}

class DropsWills extends OpenHub {
  override close(session: Session, link: Link, _: Ending, now: number): void {
    super.close(session, link, 'normal', now);
  }
}

class IgnoresReceiveMaximum extends OpenHub {
  override attach(session: Session, link: Link, _: number, now: number): void {
    super.attach(session, link, 0xffff, now);
  }
}

class ForgetsSubscriptions extends OpenHub {
  override close(session: Session, link: Link, ending: Ending, now: number): void {
    if (session.expirySeconds === 0) session.subscriptions.clear();
    super.close(session, link, ending, now);
  }
}

class KeepsWhatIsDone extends OpenHub {
  override settled(session: Session, _: Owed, now: number): void {
    this.pump(session, now);
  }
}

class IgnoresNoLocal extends OpenHub {
  override subscribe(session: Session, subscription: Subscription): boolean {
    return super.subscribe(session, { ...subscription, noLocal: false });
  }
}

class GrantsMore extends OpenHub {
  override subscribe(session: Session, subscription: Subscription): boolean {
    return super.subscribe(session, { ...subscription, qos: 2 });
  }
}

class IgnoresUnsubscribe extends OpenHub {
  override unsubscribe(_: Session, filters: readonly unknown[]): boolean[] {
    return filters.map(() => true);
  }
}

/** Each of the packets, or others in its place. */
function each(change: (packet: Packet) => readonly Packet[]): Sabotage {
  return { toClient: (packets) => packets.flatMap(change) };
}

/** What stands beside its like changes places with it. */
function swapped(type: Packet['type']): Sabotage {
  return {
    toClient: (packets) => {
      const like = packets.filter((packet) => packet.type === type).reverse();
      return packets.map((packet) => (packet.type === type ? (like.shift() as Packet) : packet));
    },
  };
}

const isAgain = (packet: Packet): boolean => packet.type === 'publish' && packet.dup;

export const SABOTEURS: readonly Saboteur[] = [
  { name: 'a broker that loses a message', rules: ['at-least-once'], sabotage: { hub: Loses } },
  { name: 'a broker that delivers twice', rules: ['exactly-once'], sabotage: { hub: DeliversTwice } },
  { name: 'a broker that retains nothing', rules: ['retained'], sabotage: { hub: RetainsNothing } },
  { name: 'a broker that sees no subscribers', rules: ['match'], sabotage: { hub: SeesNoSubscribers } },
  {
    name: 'a broker that forgets which QoS 2 identifiers it has received',
    rules: ['exactly-once'],
    sabotage: { hub: ForgetsReceived },
  },
  { name: 'a broker that forgets sessions', rules: ['session-present'], sabotage: { hub: ForgetsSessions } },
  {
    name: 'a broker whose sessions never expire',
    rules: ['session-present'],
    sabotage: { hub: KeepsSessions },
  },
  {
    name: 'a broker that publishes the will of who said goodbye',
    rules: ['will'],
    sabotage: { hub: IgnoresGoodbyes },
  },
  { name: 'a broker that publishes no wills', rules: ['at-least-once'], sabotage: { hub: DropsWills } },
  {
    name: 'a broker that ignores Receive Maximum',
    rules: ['receive-maximum'],
    sabotage: { hub: IgnoresReceiveMaximum },
  },
  {
    name: 'a broker that leaves subscriptions behind',
    rules: ['leak'],
    sabotage: { hub: ForgetsSubscriptions },
  },
  { name: 'a broker that keeps what is acknowledged', rules: ['leak'], sabotage: { hub: KeepsWhatIsDone } },
  { name: 'a broker that ignores No Local', rules: ['match'], sabotage: { hub: IgnoresNoLocal } },
  {
    name: 'a broker that delivers with more QoS than was granted',
    rules: ['match'],
    sabotage: { hub: GrantsMore },
  },
  { name: 'a broker that ignores UNSUBSCRIBE', rules: ['match'], sabotage: { hub: IgnoresUnsubscribe } },
  {
    name: 'a broker whose queue has no limit in messages',
    rules: ['bounds'],
    sabotage: { limits: { queueMessagesMax: 10_000 } },
  },
  {
    name: 'a broker that keeps more than all queues together may',
    rules: ['bounds'],
    sabotage: { limits: { heldMessagesMax: 10_000, heldBytesMax: 10_000_000 } },
  },
  {
    name: 'a broker that does not send again',
    rules: ['at-least-once', 'settled', 'order'],
    sabotage: each((packet) => (isAgain(packet) ? [] : [packet])),
  },
  {
    name: 'a broker that sends again without DUP',
    rules: ['packet-id'],
    sabotage: each((packet) => [isAgain(packet) ? ({ ...packet, dup: false } as Packet) : packet]),
  },
  {
    name: 'a broker that uses one packet identifier for all',
    rules: ['packet-id'],
    sabotage: each((packet) => [
      packet.type === 'publish' && packet.qos > 0 ? { ...packet, packetId: 1 } : packet,
    ]),
  },
  { name: 'a broker that reorders messages', rules: ['order'], sabotage: swapped('publish') },
  { name: 'a broker that reorders PUBREL', rules: ['order'], sabotage: swapped('pubrel') },
  {
    name: 'a client that forgets which QoS 2 identifiers it has received',
    rules: ['exactly-once'],
    sabotage: {
      client: ({ inbox }) => {
        for (const packetId of inbox.packetIds()) inbox.forget(packetId);
      },
    },
  },
  {
    name: 'a client that does not send again',
    rules: ['settled', 'order'],
    sabotage: {
      client: ({ outbox }) => {
        for (const { packetId } of outbox.values()) outbox.forget(packetId);
      },
    },
  },
  {
    name: 'a client that forgets what waits for its turn',
    rules: ['settled'],
    sabotage: {
      client: ({ waiting }) => {
        for (const owed of waiting.values()) waiting.remove(owed);
      },
    },
  },
];
