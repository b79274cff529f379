import { MqttError, type QoS } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { type Outgoing, type PublishRequest, Session, type WaitingLimits } from '../src/index.ts';

const message = (payload = '', properties = {}, qos: QoS = 1): PublishRequest => ({
  topic: 'a',
  payload,
  properties,
  qos,
});
const full = expect.objectContaining({ code: 'outbox-full' });
const tickets = (owed: Iterable<Outgoing>): number[] => Array.from(owed, ({ ticket }) => ticket);

/** A session's room, and what adds one more to it. */
class Room {
  readonly session: Session;
  #tickets = 0;

  constructor(limits: Partial<WaitingLimits> = {}, count = 0) {
    this.session = new Session(limits);
    for (let n = 0; n < count; n++) this.add(message());
  }

  /** Tickets of those that had to make room. */
  add(request: PublishRequest, now = 0): number[] {
    this.#tickets += 1;
    return tickets(this.session.waiting.add(this.session.message(request, this.#tickets, now)));
  }

  get all(): number[] {
    return tickets(this.session.waiting.values());
  }
}

describe('messages that wait', () => {
  test('come out in order, their text as bytes', () => {
    const { session } = new Room();
    const { waiting } = session;
    const [x, y] = ['x', 'y'].map((text, index) => session.message(message(text), index + 7, 0));
    for (const owed of [x, y]) waiting.add(owed as Outgoing);
    expect(waiting.bytes).toBe(204);
    expect(waiting.next(true)).toMatchObject({ ticket: 7, payload: Uint8Array.of(0x78) });
    expect(waiting.remove(x as Outgoing)).toBe(true);
    expect(waiting.next(true)?.ticket).toBe(8);
    expect(waiting.remove(y as Outgoing)).toBe(true);
    expect(waiting.remove(y as Outgoing)).toBe(false);
    expect([waiting.next(true), waiting.size, waiting.bytes]).toEqual([undefined, 0, 0]);
  });

  test('of QoS 0 go past those that wait for the Receive Maximum, and behind them where there is none', () => {
    const room = new Room();
    for (const qos of [1, 0, 2, 0] as const) room.add(message('', {}, qos));
    const { waiting } = room.session;
    expect(room.all).toEqual([1, 2, 3, 4]);
    expect(waiting.next(false)?.ticket).toBe(2);
    expect([waiting.isClear(0), waiting.isClear(1), waiting.isClear(2)]).toEqual([false, false, false]);
    const order: number[] = [];
    for (let next = waiting.next(true); next !== undefined; next = waiting.next(true)) {
      order.push(next.ticket);
      waiting.remove(next);
    }
    expect(order).toEqual([1, 2, 3, 4]);
    expect([waiting.isClear(0), waiting.isClear(1)]).toEqual([true, true]);
  });

  test('can be taken from anywhere, and put back before all others in their order', () => {
    const room = new Room({}, 5);
    const { waiting } = room.session;
    const [first, , third, , fifth] = [...waiting.values()];
    for (const owed of [third, first, fifth]) waiting.remove(owed as Outgoing);
    expect(room.all).toEqual([2, 4]);
    waiting.putBack([fifth, third] as Outgoing[]);
    expect(room.all).toEqual([5, 3, 2, 4]);
    room.add(message());
    expect([room.all, waiting.size, waiting.bytes]).toEqual([[5, 3, 2, 4, 6], 5, 505]);
  });

  test('reject-new refuses beyond the count and beyond the bytes', () => {
    expect(() => new Room({ messagesMax: 2 }, 2).add(message())).toThrow(full);
    expect(() => new Room({ bytesMax: 304 }, 2).add(message('x'))).not.toThrow();
    expect(() => new Room({ bytesMax: 304 }, 2).add(message('xxx'))).toThrow(full);
    const properties = { userProperties: [['key', 'value']] };
    expect(() => new Room({ bytesMax: 304 }, 2).add(message('', properties))).toThrow(full);
  });

  test('drop-oldest makes room, and tells whose message it was', () => {
    expect(new Room({ messagesMax: 2, whenFull: 'drop-oldest' }, 2).add(message())).toEqual([1]);
    const bytes = new Room({ bytesMax: 320, whenFull: 'drop-oldest' }, 3);
    expect(bytes.add(message('0123456789'))).toEqual([1]);
    expect(bytes.add(message('x'.repeat(150)))).toEqual([2, 3, 4]);
    expect(() => bytes.add(message('x'.repeat(220)))).toThrow(full);
    expect(bytes.all).toEqual([5]);
  });

  test('grow too old by the limit, or by a Message Expiry Interval that is shorter', () => {
    const room = new Room({ ageMaxMs: 5000 });
    const { waiting } = room.session;
    room.add(message());
    room.add(message('', { messageExpiryInterval: 2 }), 1000);
    room.add(message('', { messageExpiryInterval: 60 }), 1000);
    expect(waiting.deadline()).toBe(3000);
    expect(waiting.expire(2999)).toEqual([]);
    expect(tickets(waiting.expire(3000))).toEqual([2]);
    expect(waiting.deadline()).toBe(5000);
    expect(tickets(waiting.expire(10_000))).toEqual([1, 3]);
    expect([waiting.size, waiting.bytes, waiting.deadline()]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
  });

  test('are refused at once where no server could take them', () => {
    expect(() => new Room().add({ topic: 'a/#', payload: '' })).toThrow(
      expect.objectContaining({ code: 'invalid-topic-name' }),
    );
  });

  test('limits that are none are refused', () => {
    expect(() => new Session({ messagesMax: 0 })).toThrow(MqttError);
    expect(() => new Session({ whenFull: 'drop-newest' as 'drop-oldest' })).toThrow(MqttError);
  });
});
