/** Owns what a reload does to the rules on topics: for clients that are there, and where the new ones are broken. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MQTT_5_0, type Packet } from '@anax/protocol';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { ANYTHING_BUT_SYS, type Authenticator } from '../../src/access/access.ts';
import { Broker, loadSettings } from '../../src/index.ts';
import { connect, publish, subscribe } from '../packets.ts';
import { Client, portOf } from './sockets.ts';

const folder = mkdtempSync(join(tmpdir(), 'anax-reload-access-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'anax.yaml');
const rules = join(folder, 'rules.yaml');
writeFileSync(file, 'listeners: [{ port: 0 }]\naccess: { file: rules.yaml }\n');

const allow = (...topics: string[]): string => `rules:\n  - { allow: all, topics: [${topics.join(', ')}] }\n`;
const read = () => loadSettings({ file, mustSay: true });

async function started(text: string, authenticate?: Authenticator): Promise<Broker> {
  writeFileSync(rules, text);
  const broker = new Broker(read(), authenticate === undefined ? {} : { authenticate });
  onTestFinished(() => broker.close());
  await broker.start();
  return broker;
}

async function joined(broker: Broker): Promise<Client> {
  const client = new Client(portOf(broker)).send(connect(MQTT_5_0, { clientId: 'c' }));
  onTestFinished(() => void client.socket.destroy());
  await client.until(1);
  return client;
}

/** The reason code of the last answer. */
async function code(client: Client, packet: Packet): Promise<number | undefined> {
  const before = client.packets.length;
  client.send(packet);
  await client.until(before + 1);
  const answer = client.packets.at(-1);
  if (answer?.type === 'puback') return answer.reasonCode;
  return answer?.type === 'suback' ? answer.reasonCodes[0] : undefined;
}

const put = (topic: string) => publish(topic, 'x', { qos: 1 });

describe('rules that changed', () => {
  test('hold for clients that are there: what is no longer allowed is taken away', async () => {
    const broker = await started(allow('a', 'b'));
    const client = await joined(broker);
    expect([await code(client, subscribe('a')), await code(client, put('b'))]).toEqual([2, 0x10]);
    writeFileSync(rules, allow('c'));
    const { changed, disconnected } = await broker.reload(read);
    expect([changed, disconnected]).toEqual([[rules], 0]);
    expect([await code(client, put('b')), await code(client, put('c'))]).toEqual([0x87, 0x10]);
    expect(broker.counts.subscriptions).toBe(0);
  });

  test.each([
    ['', 'is empty'],
    ['rules: []', 'at least one rule'],
    ['rules:\n  - { allow: all }', 'a rule with `topics` or `exact`'],
  ])('to %j are refused, and the old ones stay', async (text, sentence) => {
    const broker = await started(allow('a'));
    const client = await joined(broker);
    writeFileSync(rules, text);
    await expect(broker.reload(read)).rejects.toThrow(sentence);
    expect([await code(client, put('a')), await code(client, put('b'))]).toEqual([0x10, 0x87]);
  });

  test('do not give back what a program has taken away meanwhile', async () => {
    const broker = await started(allow('a', 'b'));
    const client = await joined(broker);
    const permissions = { mayPublish: (topic: string) => topic === 'a', maySubscribe: () => false };
    broker.revise(() => ({ accepted: { userName: undefined, permissions } }));
    await broker.reload(read);
    expect([await code(client, put('a')), await code(client, put('b'))]).toEqual([0x10, 0x87]);
  });

  test('leave the rules that came with a login', async () => {
    const own = { effect: 'deny', actions: ['publish'], topics: ['b'], place: 'token' } as const;
    const broker = await started(allow('a', 'b'), () => ({
      accepted: { userName: undefined, permissions: ANYTHING_BUT_SYS, rules: [own] },
    }));
    const client = await joined(broker);
    writeFileSync(rules, allow('b', 'c'));
    await broker.reload(read);
    const codes = [await code(client, put('a')), await code(client, put('b')), await code(client, put('c'))];
    expect(codes).toEqual([0x87, 0x87, 0x10]);
  });
});
