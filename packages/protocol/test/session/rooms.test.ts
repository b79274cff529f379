/** Owns the proof of inbox, backlog, aliases and messages. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Backlog,
  type BacklogLimits,
  InboundAliases,
  Inbox,
  messageBytes,
  messageProperties,
  OutboundAliases,
} from '../../src/session/index.ts';
import { NO_PROPERTIES, Reason } from '../../src/spec/index.ts';
import type { TopicName } from '../../src/topic/index.ts';
import { messageWith, publishWith } from './rooms.ts';

describe('the inbox', () => {
  it('takes a message of QoS 2 once until it is released [5:MQTT-4.3.3-10] [3.1.1:MQTT-4.3.3-2]', () => {
    const inbox = new Inbox(10);
    expect([inbox.arrive(7), inbox.arrive(7), inbox.release(7), inbox.arrive(7)]).toEqual([
      'new',
      'again',
      true,
      'new',
    ]);
  });

  it('knows nothing of an identifier that was released or never came [5:3.7.2.1]', () => {
    const inbox = new Inbox(10);
    inbox.arrive(7);
    inbox.release(7);
    expect([inbox.release(7), inbox.release(8)]).toEqual([false, false]);
  });

  it('forgets what was refused [5:MQTT-4.3.3-9]', () => {
    const inbox = new Inbox(10);
    inbox.arrive(7);
    inbox.forget(7);
    expect([inbox.size, inbox.arrive(7)]).toEqual([0, 'new']);
  });

  it('holds as many as Receive Maximum said, and a repeat is not one more [5:MQTT-3.3.4-7] [5:MQTT-3.3.4-9]', () => {
    const inbox = new Inbox(2);
    expect([inbox.arrive(1), inbox.arrive(2), inbox.arrive(3), inbox.arrive(2)]).toEqual([
      'new',
      'new',
      'too-many',
      'again',
    ]);
    expect([...inbox.packetIds()]).toEqual([1, 2]);
    inbox.setReceiveMaximum(3);
    expect(inbox.arrive(3)).toBe('new');
  });
});

describe('the backlog', () => {
  const limits: BacklogLimits = { queueMessagesMax: 3, queueBytesMax: 100 };

  it('is first in, first out, however long it gets', () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.nat({ max: 50 }) },
      { weight: 2, arbitrary: fc.constant('shift') },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 5_000, size: 'max' }), (operations) => {
        const backlog = new Backlog<object>();
        const model: { readonly bytes: number }[] = [];
        for (const one of operations) {
          if (typeof one === 'number') {
            const item = { bytes: one };
            backlog.push(item, one);
            model.push(item);
          } else {
            expect(backlog.peek()).toBe(model[0]);
            expect(backlog.shift()).toBe(model.shift());
          }
          expect(backlog.size).toBe(model.length);
        }
        expect(backlog.bytes).toBe(model.reduce((sum, { bytes }) => sum + bytes, 0));
      }),
      { seed: 9, numRuns: 30 },
    );
  });

  it('keeps its order when what was taken is thrown away', () => {
    const backlog = new Backlog<number>();
    for (let i = 0; i < 5_000; i++) backlog.push(i, 1);
    for (let i = 0; i < 5_000; i++) {
      expect([backlog.peek(), backlog.shift()]).toEqual([i, i]);
      expect([backlog.size, backlog.bytes]).toEqual([4_999 - i, 4_999 - i]);
    }
    expect([backlog.peek(), backlog.shift()]).toEqual([undefined, undefined]);
  });

  it('fits as many messages, and as many bytes, as its limits say', () => {
    const backlog = new Backlog<string>();
    expect([backlog.fits(100, limits), backlog.fits(101, limits)]).toEqual([true, false]);
    backlog.push('a', 60);
    expect([backlog.fits(40, limits), backlog.fits(41, limits)]).toEqual([true, false]);
    backlog.push('b', 10);
    backlog.push('c', 10);
    expect(backlog.fits(0, limits)).toBe(false);
    backlog.shift();
    expect([backlog.fits(80, limits), backlog.fits(81, limits)]).toEqual([true, false]);
  });

  it('is empty after it was cleared', () => {
    const backlog = new Backlog<string>();
    backlog.push('a', 60);
    backlog.clear();
    expect([backlog.size, backlog.bytes, backlog.shift()]).toEqual([0, 0, undefined]);
    backlog.push('b', 5);
    expect([backlog.size, backlog.bytes, backlog.shift()]).toEqual([1, 5, 'b']);
  });
});

describe('what is taken out of the backlog', () => {
  it('comes in order, and leaves the order and the bytes of the rest', () => {
    const backlog = new Backlog<string>();
    for (const [item, bytes] of [
      ['a', 1],
      ['b', 2],
      ['c', 4],
      ['d', 8],
    ] as const)
      backlog.push(item, bytes);
    backlog.shift();
    expect([...backlog.values()]).toEqual(['b', 'c', 'd']);
    expect(backlog.take((item) => item === 'b' || item === 'd')).toEqual(['b', 'd']);
    expect([backlog.size, backlog.bytes, backlog.shift(), backlog.size, backlog.bytes]).toEqual([
      1,
      4,
      'c',
      0,
      0,
    ]);
    expect(backlog.take(() => true)).toEqual([]);
  });
});

describe('topic aliases that we give', () => {
  const topics = ['first/topic', 'second/topic', 'third/topic'].map(
    (text) => publishWith(text, NO_PROPERTIES).topic,
  );
  const [first, second, third] = topics as [TopicName, TopicName, TopicName];

  it('are given in turn, up to the maximum, and found again', () => {
    const aliases = new OutboundAliases(2);
    expect([aliases.find(first), aliases.assign(first), aliases.find(first)]).toEqual([0, 1, 1]);
    expect([aliases.assign(second), aliases.find(second), aliases.find(first)]).toEqual([2, 2, 1]);
    expect(aliases.assign(third)).toBe(0);
  });

  it('stay with what is sent often, and leave what came once', () => {
    const aliases = new OutboundAliases(2);
    aliases.assign(first);
    aliases.assign(second);
    for (let i = 0; i < 20; i++) aliases.find(first);
    const given = Array.from({ length: 4 }, () => aliases.assign(third));
    expect(given).toEqual([0, 0, 0, 2]);
    expect([aliases.find(first), aliases.find(second), aliases.find(third)]).toEqual([1, 0, 2]);
  });

  it('leave a topic that was sent often, too, once others have come long enough', () => {
    const aliases = new OutboundAliases(1);
    aliases.assign(first);
    for (let i = 0; i < 1000; i++) aliases.find(first);
    let tries = 1;
    while (aliases.assign(second) === 0) tries += 1;
    expect(tries).toBe(15);
  });

  it('are not given to topics that are shorter than they cost, nor to endless ones', () => {
    const aliases = new OutboundAliases(2);
    expect(aliases.assign('a/b' as TopicName)).toBe(0);
    expect(aliases.assign('a'.repeat(5000) as TopicName)).toBe(0);
  });

  it('stand for nothing once they were withdrawn', () => {
    const aliases = new OutboundAliases(1);
    aliases.assign(first);
    aliases.withdraw(first);
    expect([aliases.find(first), aliases.assign(second), aliases.find(second)]).toEqual([0, 1, 1]);
  });

  it('never stand for two topics, and a peer that follows them knows every topic', () => {
    const number = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(number, { maxLength: 200 }), (maximum, sent) => {
        const aliases = new OutboundAliases(maximum);
        const peer = new InboundAliases(maximum);
        for (const n of sent) {
          const topic = `topic/number/${n}` as TopicName;
          const known = aliases.find(topic);
          const alias = known > 0 ? known : aliases.assign(topic);
          if (alias === 0) continue;
          const packet = publishWith(known > 0 ? '' : topic, { topicAlias: alias });
          expect(peer.resolve(packet)).toBe(topic);
        }
      }),
    );
  });
});

describe('topic aliases', () => {
  it('are refused when their topics take more than is allowed for them', () => {
    const aliases = new InboundAliases(3, 10);
    expect(aliases.resolve(publishWith('12345', { topicAlias: 1 }))).toBe('12345');
    expect(aliases.resolve(publishWith('12345', { topicAlias: 1 }))).toBe('12345');
    expect(aliases.resolve(publishWith('1234567', { topicAlias: 1 }))).toBe('1234567');
    expect(aliases.resolve(publishWith('123', { topicAlias: 2 }))).toBe('123');
    const refused = { reasonCode: Reason.quotaExceeded };
    expect(aliases.resolve(publishWith('1', { topicAlias: 3 }))).toMatchObject(refused);
  });

  it('stand for the topic they were last set with [5:3.3.2.3.4]', () => {
    const aliases = new InboundAliases(2);
    expect(aliases.resolve(publishWith('a', { topicAlias: 2 }))).toBe('a');
    expect(aliases.resolve(publishWith('', { topicAlias: 2 }))).toBe('a');
    expect(aliases.resolve(publishWith('b', { topicAlias: 2 }))).toBe('b');
    expect(aliases.resolve(publishWith('', { topicAlias: 2 }))).toBe('b');
    expect(aliases.resolve(publishWith('c', NO_PROPERTIES))).toBe('c');
  });

  it('are refused above the maximum, and all of them at maximum 0 [5:MQTT-3.3.2-9] [5:MQTT-3.3.2-11]', () => {
    for (const [maximum, topicAlias] of [
      [2, 3],
      [0, 1],
    ] as const) {
      const refused = { reasonCode: Reason.topicAliasInvalid };
      expect(new InboundAliases(maximum).resolve(publishWith('a', { topicAlias }))).toMatchObject(refused);
    }
  });

  it('are refused where none was set on this connection', () => {
    const refused = { reasonCode: Reason.protocolError };
    expect(new InboundAliases(2).resolve(publishWith('', { topicAlias: 1 }))).toMatchObject(refused);
  });
});

describe('a message', () => {
  it('keeps the properties that travel with it, in their order [5:MQTT-3.3.2-17] [5:MQTT-3.3.2-18]', () => {
    const kept = messageProperties({
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
      topicAlias: 4,
      contentType: 'text/plain',
      subscriptionIdentifiers: [1],
      payloadFormatIndicator: 1,
    });
    expect(kept).toEqual({
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '3'],
      ],
      contentType: 'text/plain',
      payloadFormatIndicator: 1,
    });
    expect(Object.keys(kept)).toEqual(['userProperties', 'contentType', 'payloadFormatIndicator']);
  });

  it('has the shared empty set where nothing is kept', () => {
    expect(messageProperties(NO_PROPERTIES)).toBe(NO_PROPERTIES);
    expect(messageProperties({ topicAlias: 4, subscriptionIdentifiers: [1] })).toBe(NO_PROPERTIES);
  });

  it('has its own Correlation Data: the chunk it came in may be written over', () => {
    const chunk = Buffer.from([1, 2, 3]);
    const kept = messageProperties({ correlationData: chunk, contentType: 't' });
    chunk.fill(9);
    expect(kept.correlationData).toEqual(Uint8Array.of(1, 2, 3));
    expect(Object.keys(kept)).toEqual(['correlationData', 'contentType']);
  });

  it('counts topic, payload and everything in its properties that a peer can make large', () => {
    const least = messageBytes(messageWith(NO_PROPERTIES, new Uint8Array(0)));
    expect(messageBytes(messageWith(NO_PROPERTIES, new Uint8Array(1_000)))).toBe(least + 1_000);
    const large = 'x'.repeat(1_000);
    expect(messageBytes(messageWith({ contentType: large }))).toBeGreaterThanOrEqual(least + 1_000);
    expect(messageBytes(messageWith({ responseTopic: large }))).toBeGreaterThanOrEqual(least + 1_000);
    expect(messageBytes(messageWith({ correlationData: new Uint8Array(1_000) }))).toBeGreaterThanOrEqual(
      least + 1_000,
    );
    expect(
      messageBytes(
        messageWith({
          userProperties: [
            ['', large],
            [large, ''],
          ],
        }),
      ),
    ).toBeGreaterThanOrEqual(least + 2_000);
    const many = Array.from({ length: 1_000 }, () => ['', ''] as const);
    expect(messageBytes(messageWith({ userProperties: many }))).toBeGreaterThanOrEqual(least + 10_000);
  });
});
