// What mosquitto has beyond publishing and subscribing, tried with our client: the parts of MQTT 5 that need two clients
// or a limit of the server, rules on topics, $SYS, certificates of clients, a socket in the file system.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Client,
  connect,
  type FilterRequest,
  type Message,
  type NodeClientOptions,
  type SubscribeOptions,
} from '@anax/client';
import { beforeAll, describe, expect, test } from 'vitest';
import { atEnd } from './support/at-end.ts';
import { fresh } from './support/foreign.ts';
import { Queue } from './support/queue.ts';
import { freePort, type Server, startMosquitto, USER } from './support/servers.ts';
import { startWire } from './support/wire.ts';

let mosquitto: Server = { open: 0, closed: 0 };
beforeAll(async () => {
  mosquitto = await startMosquitto(['sys_interval 1']);
});

const arrive = (options: NodeClientOptions = {}, port = mosquitto.open): Promise<Client> =>
  connect(`mqtt://127.0.0.1:${port}`, { reconnect: false, ...options });

/** Messages of a subscription, from when it is granted. */
async function listening(
  client: Client,
  filter: string | FilterRequest,
  options: SubscribeOptions = {},
): Promise<Queue<Message>> {
  const messages = new Queue<Message>();
  const onMessage = (message: Message): void => messages.push(message);
  const { filters } = await client.subscribe(filter, { qos: 2, ...options, onMessage }).granted;
  expect(filters.map(({ reasonCode }) => reasonCode < 0x80)).toEqual([true]);
  return messages;
}

const leave = async (...clients: readonly Client[]): Promise<void> => {
  for (const client of clients) await client.disconnect();
};

describe('subscriptions', () => {
  test('shared ones get each message once, between them', async () => {
    const topic = fresh('work/');
    const members = [await arrive(), await arrive()];
    const seen: string[] = [];
    for (const member of members) {
      await member.subscribe(`$share/team/${topic}`, { qos: 1, onMessage: (one) => seen.push(one.text()) })
        .granted;
    }
    const all = await listening(members[0] as Client, topic);
    const texts = Array.from({ length: 20 }, (_, k) => `${k}`);
    for (const text of texts) await members[0]?.publish(topic, text, { qos: 1 });
    await all.take(texts.length);
    await expect.poll(() => seen.length).toBeGreaterThanOrEqual(texts.length);
    expect([...seen].sort()).toEqual([...texts].sort());
    await leave(...members);
  });

  test('with No Local do not hear their own client', async () => {
    const topic = fresh('own/');
    const client = await arrive();
    const other = await arrive();
    const messages = await listening(client, { topicFilter: topic, qos: 1, noLocal: true });
    await client.publish(topic, 'own', { qos: 1 });
    await other.publish(topic, 'other', { qos: 1 });
    expect((await messages.next()).text()).toBe('other');
    await leave(client, other);
  });

  test('with Retain As Published hear the flag, and with Retain Handling what was retained, or not', async () => {
    const topic = fresh('kept/');
    const client = await arrive();
    await client.publish(topic, 'first', { qos: 1, retain: true });
    const none = await listening(client, {
      topicFilter: topic,
      qos: 1,
      retainHandling: 2,
      retainAsPublished: true,
    });
    await client.publish(topic, 'second', { qos: 1, retain: true });
    const message = await none.next();
    expect([message.text(), message.retain]).toEqual(['second', true]);
    const again = await listening(client, { topicFilter: topic, qos: 1, retainHandling: 0 });
    expect((await again.next()).text()).toBe('second');
    await client.publish(topic, '', { qos: 1, retain: true });
    await leave(client);
  });

  test('of $SYS hear the broker', async () => {
    const client = await arrive();
    const messages = await listening(client, '$SYS/broker/version');
    expect((await messages.next()).text()).toContain('mosquitto');
    const uptime = await listening(client, '$SYS/broker/uptime');
    expect((await uptime.next()).text()).toMatch(/^\d+ seconds$/);
    await leave(client);
  });
});

describe('sessions', () => {
  test('lose what has expired meanwhile, and tell what is left of the rest', async () => {
    const clientId = fresh('late');
    const topic = `late/${clientId}`;
    const kept = { clientId, cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const away = await arrive(kept);
    await listening(away, topic);
    await leave(away);
    const publisher = await arrive();
    await publisher.publish(topic, 'stale', { qos: 1, properties: { messageExpiryInterval: 1 } });
    await publisher.publish(topic, 'fresh', { qos: 1, properties: { messageExpiryInterval: 100 } });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    const messages = new Queue<Message>();
    const back = await arrive({ ...kept, onMessage: (message) => messages.push(message) });
    const message = await messages.next();
    expect(message.text()).toBe('fresh');
    expect(message.properties.messageExpiryInterval).toBeLessThan(100);
    await leave(back, publisher);
  });

  test('end with DISCONNECT where it says so', async () => {
    const clientId = fresh('short');
    const kept = { clientId, cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const first = await arrive(kept);
    await first.disconnect({ properties: { sessionExpiryInterval: 0 } });
    const second = await arrive(kept);
    expect(second.negotiated.sessionPresent).toBe(false);
    await leave(second);
  });

  test('are taken over by who comes with the same name', async () => {
    const clientId = fresh('twice');
    const first = await arrive({ clientId });
    const second = await arrive({ clientId });
    // 2.0.11 closes without a word: no DISCONNECT comes.
    expect(await first.closed).toMatchObject({ code: 'connection-lost' });
    await leave(second);
  });

  test('hold no more under way than our Receive Maximum, in order', async () => {
    const topic = fresh('narrow/');
    const client = await arrive({ properties: { receiveMaximum: 2 } });
    const messages = await listening(client, topic);
    const publisher = await arrive();
    const texts = Array.from({ length: 30 }, (_, k) => `${k}`);
    // 2.0.11 may stop delivering at QoS 2 where more wait than may be under way.
    for (const text of texts) await publisher.publish(topic, text, { qos: 1 });
    expect((await messages.take(texts.length)).map((message) => message.text())).toEqual(texts);
    await leave(client, publisher);
  });
});

describe('wills', () => {
  const willOf = (topic: string, willDelayInterval: number) => ({
    topic,
    payload: 'gone',
    qos: 1 as const,
    properties: { willDelayInterval, contentType: 'text/plain', userProperties: [['a', '1'] as const] },
  });

  test('come late, with their properties, and not at all where the client is back in time', async () => {
    const topic = fresh('will/');
    const watcher = await arrive();
    const messages = await listening(watcher, topic);
    const clientId = fresh('dying');
    const kept = { clientId, cleanStart: false, properties: { sessionExpiryInterval: 60 } };
    const wire = await startWire(mosquitto.open);
    const dying = await arrive({ ...kept, will: willOf(topic, 1) }, wire.port);
    wire.cut();
    await dying.closed;
    const back = await arrive({ ...kept, will: willOf(topic, 0) });
    // Beyond the delay: nothing has come but this.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await watcher.publish(topic, 'meanwhile', { qos: 1 });
    expect((await messages.next()).text()).toBe('meanwhile');
    await back.disconnect({ reasonCode: 0x04 });
    const will = await messages.next();
    expect([will.text(), will.properties]).toEqual([
      'gone',
      expect.objectContaining({ contentType: 'text/plain', userProperties: [['a', '1']] }),
    ]);
    await leave(watcher);
  });
});

describe('limits of the server', () => {
  test('on aliases, QoS, retained messages and sizes are kept to', async () => {
    const port = await freePort();
    await startMosquitto([
      'retain_available false',
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'max_qos 1',
      'max_topic_alias 2',
    ]);
    const client = await arrive({}, port);
    expect(client.negotiated).toMatchObject({ maximumQos: 1, retainAvailable: false, topicAliasMaximum: 2 });
    await expect(client.publish('a', 'x', { qos: 2 })).rejects.toMatchObject({ code: 'qos-not-supported' });
    await expect(client.publish('a', 'x', { retain: true })).rejects.toMatchObject({
      code: 'retain-not-supported',
    });
    await expect(client.publish('a', 'x', { properties: { topicAlias: 3 } })).rejects.toMatchObject({
      code: 'topic-alias-invalid',
    });
    const topic = fresh('alias/');
    const messages = await listening(client, topic, { qos: 1 });
    for (const text of ['1', '2'])
      await client.publish(topic, text, { qos: 1, properties: { topicAlias: 2 } });
    expect((await messages.take(2)).map((message) => message.text())).toEqual(['1', '2']);
    await leave(client);
  });

  test('on the client: what is larger than our Maximum Packet Size does not come', async () => {
    const topic = fresh('large/');
    const client = await arrive({ properties: { maximumPacketSize: 200 } });
    const messages = await listening(client, topic);
    const publisher = await arrive();
    await publisher.publish(topic, new Uint8Array(500), { qos: 1 });
    await publisher.publish(topic, 'small', { qos: 1 });
    expect((await messages.next()).text()).toBe('small');
    await leave(client, publisher);
  });

  test('on names: another identifier than it wants is refused with a typed error', async () => {
    const strict = await startMosquitto(['clientid_prefixes good-']);
    const refused = connect(`mqtt://127.0.0.1:${strict.open}`, { clientId: 'bad', reconnect: false });
    await expect(refused).rejects.toMatchObject({ code: 'connection-refused' });
  });
});

test('rules on topics: a message and a subscription that are denied are told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anax-rules-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const rules = join(folder, 'rules');
  await writeFile(rules, 'topic readwrite open/#\nuser ada\ntopic read reports/#\n');
  await chmod(rules, 0o600);
  const port = await freePort();
  await startMosquitto([`listener ${port} 127.0.0.1`, 'allow_anonymous true', `acl_file ${rules}`]);
  for (const dialect of ['5.0', '3.1.1'] as const) {
    const client = await arrive({ dialect }, port);
    const denied = client.publish('closed/a', 'x', { qos: 1 });
    if (dialect === '5.0') {
      await expect(denied).rejects.toMatchObject({ code: 'publish-refused', reasonCode: 0x87 });
    } else {
      // 3.1.1 has no way to say it.
      expect(await denied).toMatchObject({ reasonCode: 0 });
    }
    const { filters } = await client.subscribe(['open/#', 'closed/#'], { onMessage: () => undefined })
      .granted;
    // It denies what it delivers, not what is subscribed.
    expect(filters).toHaveLength(2);
    await leave(client);
  }
});

test('a request is answered by its Response Topic and Correlation Data', async () => {
  const [asker, server] = [await arrive(), await arrive()];
  const topic = fresh('service/');
  const onMessage = ({ properties, payload }: Message): void => {
    const { responseTopic = '', correlationData = new Uint8Array(0) } = properties;
    void server.publish(responseTopic, payload, { qos: 1, properties: { correlationData } });
  };
  await server.subscribe(topic, { qos: 1, onMessage }).granted;
  const answers = await listening(asker, `${topic}/answers`);
  const correlationData = Uint8Array.of(7, 0, 255);
  await asker.publish(topic, 'ping', {
    qos: 1,
    properties: { responseTopic: `${topic}/answers`, correlationData },
  });
  const answer = await answers.next();
  expect([answer.text(), answer.properties.correlationData]).toEqual(['ping', correlationData]);
  await leave(asker, server);
});

test('a socket in the file system, and a certificate that says who the client is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anax-ways-'));
  atEnd(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void =>
    void execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2');
  for (const [name, more] of [
    ['server', 'subjectAltName=IP:127.0.0.1'],
    ['client', 'subjectAltName=DNS:client'],
  ] as const) {
    await writeFile(file('ext'), more);
    openssl(
      'req',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      'csr',
      '-subj',
      `/CN=${name === 'client' ? USER.userName : name}`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      'csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'ext',
      '-out',
      `${name}.pem`,
    );
  }
  const port = await freePort();
  await startMosquitto([
    `listener 0 ${file('a.sock')}`,
    'allow_anonymous true',
    `listener ${port} 127.0.0.1`,
    `cafile ${file('ca.pem')}`,
    `certfile ${file('server.pem')}`,
    `keyfile ${file('server.key')}`,
    'require_certificate true',
    'use_identity_as_username true',
  ]);
  const read = (name: string): Buffer => readFileSync(file(name));
  const ca = read('ca.pem');
  const ways = [
    await connect(`mqtt+unix://${file('a.sock')}`, { reconnect: false }),
    await connect(`mqtts://127.0.0.1:${port}`, {
      reconnect: false,
      tls: { ca, cert: read('client.pem'), key: read('client.key') },
    }),
  ];
  const [first, second] = ways as [Client, Client];
  const topic = fresh('ways/');
  const messages = await listening(first, topic);
  await second.publish(topic, 'over TLS', { qos: 2 });
  expect((await messages.next()).text()).toBe('over TLS');
  await leave(...ways);
  const nobody = connect(`mqtts://127.0.0.1:${port}`, { reconnect: false, tls: { ca } });
  await expect(nobody).rejects.toMatchObject({
    code: expect.stringMatching(/^(?:connection-lost|unreachable)$/),
  });
});
