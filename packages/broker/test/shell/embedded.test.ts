/** Owns what a running broker does for the program that holds it, over real sockets. */

import { MQTT_3_1_1, MQTT_5_0, Reason } from '@anax/protocol';
import { describe, expect, test } from 'vitest';
import type { Note, Received } from '../../src/index.ts';
import { connect, publish, subscribe, text, told } from '../bench.ts';
import { codeOf, joined, made, started } from './created.ts';
import { Client, eventually, portOf } from './sockets.ts';

describe('on', () => {
  test('tells a life in order: connected, subscribed, published, unsubscribed, disconnected', async () => {
    const broker = await started();
    const lines: string[] = [];
    broker.on('client-connected', ({ clientId }) => lines.push(`connected ${clientId}`));
    broker.on('subscribed', ({ topicFilter, qos }) => lines.push(`subscribed ${topicFilter} ${qos}`));
    broker.on('published', ({ topic, payload, publisher, receivers }) =>
      lines.push(`published ${topic} ${text(payload)} by ${publisher} to ${receivers}`),
    );
    broker.on('unsubscribed', ({ topicFilter }) => lines.push(`unsubscribed ${topicFilter}`));
    broker.on('client-disconnected', ({ clientId, by, reasonCode }) =>
      lines.push(`disconnected ${clientId} by ${by} ${reasonCode}`),
    );
    const client = await joined(broker, 'c', subscribe('a', { qos: 0 }), publish('a', 'x'));
    client.send(
      { type: 'unsubscribe', packetId: 2, topicFilters: ['a'] as never, properties: {} },
      { type: 'disconnect', reasonCode: 0x04, properties: {} },
    );
    await eventually(() => lines.length === 5);
    expect(lines).toEqual([
      'connected c',
      'subscribed a 0',
      'published a x by c to 1',
      'unsubscribed a',
      'disconnected c by client 4',
    ]);
  });

  test('a listener that throws harms nobody, and is noted', async () => {
    const notes: Note[] = [];
    const broker = await started({ note: (note) => notes.push(note) });
    broker.on('published', () => {
      throw new Error('not mine');
    });
    const heard: string[] = [];
    broker.on('published', ({ topic }) => heard.push(topic));
    const client = await joined(broker, 'c', subscribe('a', { qos: 0 }), publish('a'));
    client.send(publish('a'));
    await client.until(1);
    await eventually(() => heard.length === 2);
    expect(notes.filter(({ event }) => event === 'listener-failed')).toHaveLength(2);
  });

  test('a listener may publish and disconnect, also in the middle of a fan-out', async () => {
    const broker = await started({ outstandingMax: 4096 });
    broker.on('published', ({ topic, payload }) => {
      if (topic === 'in') broker.publish({ topic: 'out', payload });
    });
    broker.on('client-connected', ({ clientId }) => {
      if (clientId === 'bad') broker.disconnect(clientId);
    });
    const watchers = [
      await joined(broker, 'w1', subscribe('out', { qos: 0 })),
      await joined(broker, 'w2', subscribe('#', { qos: 0 })),
    ];
    (await joined(broker, 'p')).send(publish('in', '1'), publish('in', '2'));
    expect(told(await (watchers[0] as Client).until(2))).toEqual(['publish 0 out=1', 'publish 0 out=2']);
    expect(told(await (watchers[1] as Client).until(4)).toSorted()).toEqual([
      'publish 0 in=1',
      'publish 0 in=2',
      'publish 0 out=1',
      'publish 0 out=2',
    ]);
    const bad = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'bad' }));
    expect(told(await bad.end())).toEqual(['connack', 'disconnect 0x98']);
  });

  test('what happened as it closed has been told when close resolves', async () => {
    const broker = await started();
    const gone: string[] = [];
    broker.on('client-disconnected', ({ clientId, reasonCode }) => gone.push(`${clientId} ${reasonCode}`));
    const client = await joined(broker, 'c');
    await broker.close();
    expect(gone).toEqual([`c ${Reason.serverShuttingDown}`]);
    await client.end();
  });

  test('what happened just before close, too', async () => {
    const broker = made({ listeners: [] });
    const topics: string[] = [];
    broker.on('published', ({ topic }) => topics.push(topic));
    broker.publish({ topic: 'last' });
    await broker.close();
    expect(topics).toEqual(['last']);
  });
});

describe('hooks', () => {
  test('mayPublish and maySubscribe decide beside the login', async () => {
    const broker = await started({
      mayPublish: ({ clientId }, topic) => topic.startsWith(`${clientId}/`),
      maySubscribe: (_, topicFilter) => topicFilter !== '#',
    });
    const client = await joined(broker, 'c');
    client.send(subscribe('#'), publish('c/x', '', { qos: 1 }), publish('d/x', '', { qos: 1, packetId: 2 }));
    const packets = await client.until(3);
    expect(packets[0]).toMatchObject({ type: 'suback', reasonCodes: [0x87] });
    expect(told(packets.slice(1))).toEqual(['puback #1 0x10', 'puback #2 0x87']);
  });
});

describe('publish', () => {
  test('reaches who subscribed, and says how many', async () => {
    const broker = await started();
    const watchers = [await joined(broker, 'w1', subscribe('a')), await joined(broker, 'w2', subscribe('+'))];
    expect(broker.publish({ topic: 'nobody/here' })).toBe(0);
    expect(broker.publish({ topic: 'a', payload: 'x', qos: 1 })).toBe(2);
    for (const watcher of watchers) expect(told(await watcher.until(1))).toEqual(['publish 1 a=x #1']);
  });

  test('is retained, with its properties, also before the start', async () => {
    const broker = made();
    const userProperties = [['k', 'v']] as const;
    broker.publish({ topic: 'a', payload: 'kept', retain: true, properties: { userProperties } });
    await broker.start();
    const client = new Client(portOf(broker)).send(connect(MQTT_5_0), subscribe('a'));
    const packets = await client.until(3);
    expect(told(packets.slice(2))).toEqual(['publish 0 a=kept retain']);
    expect(packets[2]).toMatchObject({ properties: { userProperties } });
  });

  test('refuses what is no message, and does nothing', async () => {
    const broker = await started({ retained: { messagesMax: 1 } });
    const client = await joined(broker, 'w', subscribe('#'));
    const refused = [
      () => broker.publish({ topic: 'a/+' }),
      () => broker.publish({ topic: 'a', properties: { contentType: '\0' } }),
      () => {
        broker.publish({ topic: 'one', payload: 'x', retain: true });
        broker.publish({ topic: 'two', payload: 'x', retain: true });
      },
    ];
    expect(refused.map(codeOf)).toEqual(['invalid-topic-name', 'invalid-string', 'retained-full']);
    broker.publish({ topic: 'last' });
    expect(told(await client.until(2))).toEqual(['publish 0 one=x', 'publish 0 last=']);
    await broker.close();
    expect(codeOf(() => broker.publish({ topic: 'a' }))).toBe('closed');
  });
});

describe('subscribe', () => {
  test('hears clients, wills and publish, from then on, until it ends', async () => {
    const broker = await started();
    broker.publish({ topic: 'a/kept', payload: 'x', retain: true });
    const heard: Received[] = [];
    const end = broker.subscribe('a/#', (message) => heard.push(message));
    const client = await joined(broker, 'c');
    client.send(publish('a/b', '1', { qos: 1 }), publish('elsewhere'));
    expect(told(await client.until(1))).toEqual(['puback #1']);
    expect(broker.publish({ topic: 'a', payload: '2' })).toBe(1);
    await eventually(() => heard.length === 2);
    end();
    expect(broker.publish({ topic: 'a' })).toBe(0);
    client.send({ type: 'pingreq' });
    await client.until(2);
    expect(heard.map(({ topic, payload, publisher }) => [topic, text(payload), publisher])).toEqual([
      ['a/b', '1', 'c'],
      ['a', '2', ''],
    ]);
  });

  test('a handler that throws harms nobody', async () => {
    const notes: Note[] = [];
    const broker = await started({ note: (note) => notes.push(note) });
    broker.subscribe('a', () => {
      throw new Error('not mine');
    });
    const client = await joined(broker, 'c', subscribe('a', { qos: 0 }), publish('a'));
    await eventually(() => notes.some(({ event }) => event === 'listener-failed'));
    expect(told(await client.send({ type: 'pingreq' }).until(1))).toEqual(['pingresp']);
  });

  test('hears $SYS where it is asked for', async () => {
    const broker = await started({ sysInterval: '1s' });
    const topics = new Set<string>();
    broker.subscribe('$SYS/broker/uptime', ({ topic }) => topics.add(topic));
    broker.subscribe('#', ({ topic }) => topics.add(topic));
    await eventually(() => topics.size > 0);
    expect([...topics]).toEqual(['$SYS/broker/uptime']);
  });

  test('takes no filter that is none, nor a shared one', () => {
    const broker = made();
    for (const filter of ['', 'a/#/b', '$share/g/a', undefined as never]) {
      expect(codeOf(() => broker.subscribe(filter, () => undefined))).toBe('invalid-topic-filter');
    }
    expect(codeOf(() => broker.subscribe('a', undefined as never))).toBe('invalid-option');
  });
});

describe('disconnect', () => {
  test('ends the connection of one client, and says why where it can be said', async () => {
    const broker = await started();
    const five = await joined(broker, 'five');
    const three = new Client(portOf(broker), MQTT_3_1_1).send(connect(MQTT_3_1_1, { clientId: 'three' }));
    await three.until(1);
    expect(broker.disconnect('five', Reason.quotaExceeded, 'enough')).toBe(true);
    expect(broker.disconnect('three')).toBe(true);
    expect(broker.disconnect('nobody')).toBe(false);
    const packets = await five.end();
    expect(packets).toMatchObject([
      { type: 'disconnect', reasonCode: 0x97, properties: { reasonString: 'enough' } },
    ]);
    expect(told(await three.end())).toEqual(['connack']);
  });

  test('takes no code that no server may say', async () => {
    const broker = await started();
    for (const code of [0x00, 0x04, 0x85, 7 as never] as const) {
      expect(codeOf(() => broker.disconnect('c', code as never))).toBe('invalid-reason-code');
    }
  });
});

describe('close', () => {
  test('gives a slow reader its time to take what it is owed, and no more', async () => {
    const broker = await started({ closeTimeout: '5s' });
    const slow = await joined(broker, 'slow', subscribe('a', { qos: 0 }));
    slow.socket.pause();
    const payload = new Uint8Array(500_000);
    for (let i = 0; i < 16; i++) broker.publish({ topic: 'a', payload });
    const closing = broker.close();
    // Longer than the second that a connection otherwise has to close.
    setTimeout(() => slow.socket.resume(), 1500);
    await closing;
    const packets = await slow.end();
    expect(told(packets.slice(-1))).toEqual(['disconnect 0x8b']);
    expect(packets.length).toBeGreaterThan(2);
  });

  test('cuts who takes nothing, at its bound', async () => {
    const broker = await started({ closeTimeout: '300ms' });
    const stuck = await joined(broker, 'stuck', subscribe('a', { qos: 0 }));
    stuck.socket.pause();
    for (let i = 0; i < 20; i++) broker.publish({ topic: 'a', payload: new Uint8Array(500_000) });
    const before = performance.now();
    await broker.close();
    expect(performance.now() - before).toBeGreaterThan(250);
    stuck.socket.destroy();
  });

  test('is what `await using` calls', async () => {
    const broker = await started();
    const client = await joined(broker, 'c');
    await broker[Symbol.asyncDispose]();
    expect(told(await client.end())).toEqual(['disconnect 0x8b']);
  });
});

describe('counters', () => {
  test('count the bytes of sockets', async () => {
    const broker = await started();
    const client = await joined(broker, 'c', subscribe('a', { qos: 0 }));
    client.send(publish('a', 'x'.repeat(100_000)));
    await client.until(1);
    client.socket.end();
    await client.end();
    await eventually(() => broker.counts.connections === 0);
    expect(broker.counters).toMatchObject({
      bytesReceived: client.socket.bytesWritten,
      bytesSent: client.socket.bytesRead,
      payloadBytesReceived: 100_000,
      payloadBytesSent: 100_000,
    });
  });
});

describe('$SYS over a socket', () => {
  test('is there at once, comes again at its interval, and counts what happened', async () => {
    const broker = await started({ sysInterval: '1s' });
    const client = await joined(broker, 'c');
    client.send(subscribe('$SYS/#'));
    const at = (topic: string): string[] =>
      client.packets.flatMap((one) =>
        one.type === 'publish' && one.topic === topic ? [text(one.payload)] : [],
      );
    await eventually(() => at('$SYS/broker/uptime').length >= 3);
    expect(at('$SYS/broker/version')).toEqual([expect.stringMatching(/^anax version \d+\.\d+\.\d+$/)]);
    expect(at('$SYS/broker/clients/connected').at(-1)).toBe('1');
    expect(Number(at('$SYS/broker/bytes/sent').at(-1))).toBeGreaterThan(1000);
    expect(Number(at('$SYS/broker/heap/current').at(-1))).toBeGreaterThan(1_000_000);
    expect(at('$SYS/broker/load/connections/1min').length).toBeGreaterThan(1);
  });

  test('is not there when it is off', async () => {
    const broker = await started({ sysInterval: 0 });
    const client = await joined(broker, 'c', subscribe('$SYS/#'));
    expect(told(await client.send({ type: 'pingreq' }).until(1))).toEqual(['pingresp']);
  });
});

describe('revise', () => {
  test('asks hooks again, and leaves who may go on connected', async () => {
    let open = true;
    const broker = await started({ maySubscribe: (_, topicFilter) => open || topicFilter !== 'secret' });
    const client = await joined(broker, 'c', subscribe('secret', { qos: 0 }), subscribe('open', { qos: 0 }));
    open = false;
    expect(broker.revise()).toEqual({ sessions: 1, subscriptions: 1, disconnected: 0 });
    expect(broker.publish({ topic: 'secret' })).toBe(0);
    expect(broker.publish({ topic: 'open', payload: 'x' })).toBe(1);
    expect(told(await client.until(1))).toEqual(['publish 0 open=x']);
  });

  test('takes an answer like that of an authenticator, beside which the hooks stand', async () => {
    const permissions = { mayPublish: () => true, maySubscribe: () => true, mayReceive: () => false };
    const broker = await started({ maySubscribe: (_, topicFilter) => topicFilter !== 'never' });
    const kept = await joined(broker, 'kept', subscribe('a', { qos: 0 }));
    const refused = await joined(broker, 'refused');
    const odd = await joined(broker, 'odd');
    const seen: string[] = [];
    const revised = broker.revise(({ clientId, userName, address, permissions: before }) => {
      seen.push(`${clientId} ${userName} ${address} ${before.maySubscribe('never' as never, 0)}`);
      if (clientId === 'kept') return { accepted: { userName, permissions } };
      const reasonCode = clientId === 'odd' ? Reason.badUserNameOrPassword : Reason.administrativeAction;
      return { refused: { reasonCode, text: 'taken off the list' } };
    });
    expect(revised).toEqual({ sessions: 3, subscriptions: 0, disconnected: 2 });
    expect(seen).toContain('kept undefined 127.0.0.1 false');
    expect(told(await refused.end())).toEqual(['disconnect 0x98']);
    // 0x86 is no word of a DISCONNECT.
    expect(told(await odd.end())).toEqual(['disconnect 0x87']);
    expect(broker.publish({ topic: 'a' })).toBe(0);
    kept.send(subscribe('never'));
    expect(await kept.until(1)).toMatchObject([{ type: 'suback', reasonCodes: [0x87] }]);
    expect(broker.counters).toMatchObject({ clientsRevoked: 2 });
  });
});
