import { MqttError } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import { Waiting, type WaitingLimits } from '../src/index.ts';

const message = (payload = '', properties = {}) => ({ topic: 'a', payload, properties });
const full = expect.objectContaining({ code: 'outbox-full' });

function waiting(limits: Partial<WaitingLimits>, count = 0): Waiting {
  const made = new Waiting(limits);
  for (let ticket = 1; ticket <= count; ticket++) made.add(message(), ticket, 0);
  return made;
}

describe('messages that wait for a connection', () => {
  test('come out in order, their text as bytes', () => {
    const queue = waiting({});
    queue.add(message('x'), 7, 0);
    queue.add(message('y'), 8, 0);
    expect(queue.bytes).toBe(204);
    expect(queue.peek(0)).toMatchObject({ ticket: 7, request: { payload: Uint8Array.of(0x78) } });
    queue.remove(7);
    expect(queue.peek(0)?.ticket).toBe(8);
    queue.remove(8);
    queue.remove(8);
    expect([queue.peek(0), queue.size, queue.bytes]).toEqual([undefined, 0, 0]);
  });

  test('reject-new refuses beyond the count and beyond the bytes', () => {
    expect(() => waiting({ messagesMax: 2 }, 2).add(message(), 3, 0)).toThrow(full);
    expect(() => waiting({ bytesMax: 304 }, 2).add(message('x'), 3, 0)).not.toThrow();
    expect(() => waiting({ bytesMax: 304 }, 2).add(message('xxx'), 3, 0)).toThrow(full);
  });

  test('drop-oldest makes room, and tells whose message it was', () => {
    expect(waiting({ messagesMax: 2, whenFull: 'drop-oldest' }, 2).add(message(), 3, 0)).toEqual([1]);
    const bytes = waiting({ bytesMax: 320, whenFull: 'drop-oldest' }, 3);
    expect(bytes.add(message('0123456789'), 4, 0)).toEqual([1]);
    expect(bytes.add(message('x'.repeat(150)), 5, 0)).toEqual([2, 3, 4]);
    expect(() => bytes.add(message('x'.repeat(220)), 6, 0)).toThrow(full);
  });

  test('grow too old by the limit, or by a Message Expiry Interval that is shorter', () => {
    const queue = waiting({ ageMaxMs: 5000 });
    queue.add(message(), 1, 0);
    queue.add(message('', { messageExpiryInterval: 2 }), 2, 1000);
    queue.add(message('', { messageExpiryInterval: 60 }), 3, 1000);
    expect(queue.deadline()).toBe(3000);
    expect(queue.expire(2999)).toEqual([]);
    expect(queue.expire(3000)).toEqual([2]);
    expect(queue.deadline()).toBe(5000);
    expect(queue.expire(10_000)).toEqual([1, 3]);
    expect([queue.size, queue.bytes, queue.deadline()]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
  });

  test('have what is left of their Message Expiry Interval [5:3.3.2.3.3]', () => {
    const queue = waiting({});
    queue.add(message('', { messageExpiryInterval: 10, contentType: 't' }), 1, 0);
    expect(queue.peek(3999)?.request.properties).toEqual({ messageExpiryInterval: 7, contentType: 't' });
  });

  test('are refused at once where no server could take them', () => {
    expect(() => waiting({}).add({ topic: 'a/#', payload: '' }, 1, 0)).toThrow(
      expect.objectContaining({ code: 'invalid-topic-name' }),
    );
  });

  test('limits that are none are refused', () => {
    expect(() => new Waiting({ messagesMax: 0 })).toThrow(MqttError);
    expect(() => new Waiting({ whenFull: 'drop-newest' as 'drop-oldest' })).toThrow(MqttError);
  });
});
