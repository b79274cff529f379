// `$SYS` beside Debian's mosquitto: what its users look for is there, and means the same.

import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker } from './support/broker.ts';
import { mosquittoPub, mosquittoSubAs } from './support/mosquitto-clients.ts';
import { startMosquitto } from './support/servers.ts';

interface Tree {
  readonly [topic: string]: string;
}

/** The figures once nothing but their own subscriber has come and gone, and one message of 5 bytes. */
async function treeOf(port: number): Promise<Tree> {
  const where = { port, flag: 'mqttv311' } as const;
  await mosquittoPub(where, ['-t', 'kept', '-m', 'hello', '-r', '-q', '1']);
  const child = await mosquittoSubAs(where, '%t|%p', ['-t', '$SYS/#', '-t', 'other', '-q', '1']);
  const tree: Record<string, string> = {};
  // Two intervals: after the first, what happened before is counted.
  for (let updates = 0; updates < 3; ) {
    const [topic = '', text = ''] = (await child.line(/^\$SYS\//)).split('|');
    tree[topic] = text;
    if (topic === '$SYS/broker/uptime') updates += 1;
  }
  await child.end();
  return tree;
}

let ours: Tree;
let theirs: Tree;
beforeAll(async () => {
  const broker = await startBroker({ sysInterval: '1s' });
  const mosquitto = await startMosquitto(['sys_interval 1']);
  [ours, theirs] = await Promise.all([treeOf(broker.port), treeOf(mosquitto.open)]);
}, 60_000);

describe('$SYS', () => {
  test('has every topic that mosquitto has, and beside them those below abuse/ alone', () => {
    expect(Object.keys(theirs).length).toBeGreaterThan(40);
    const known = Object.keys(ours).filter((topic) => !topic.startsWith('$SYS/broker/abuse/'));
    expect(known.toSorted()).toEqual(Object.keys(theirs).toSorted());
  });

  test('has texts of the same form', () => {
    const form = (text: string): string => text.replace(/\d+/g, '9');
    for (const [topic, text] of Object.entries(theirs)) {
      if (topic !== '$SYS/broker/version')
        expect([topic, form(ours[topic] ?? '')]).toEqual([topic, form(text)]);
    }
  });

  test.each([
    'clients/total',
    'clients/connected',
    'clients/active',
    'clients/disconnected',
    'clients/maximum',
    'clients/expired',
    'subscriptions/count',
    'shared_subscriptions/count',
    'publish/messages/dropped',
    'publish/bytes/received',
  ])('says the same of %s', (name) => {
    expect(ours[`$SYS/broker/${name}`]).toBe(theirs[`$SYS/broker/${name}`]);
  });
});
