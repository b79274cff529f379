/** Owns which topics `$SYS` has, and when one of them is said again. */

import { describe, expect, test } from 'vitest';
import { Counters } from '../../src/hub/notes.ts';
import { type Figures, SysTree } from '../../src/sys/tree.ts';

/** What `mosquitto_sub -t '$SYS/#'` shows of Debian's mosquitto 2.0.11, below `$SYS/broker/`. */
const MOSQUITTO = [
  'version',
  'uptime',
  ...['total', 'inactive', 'disconnected', 'active', 'connected', 'expired', 'maximum'].map(
    (name) => `clients/${name}`,
  ),
  ...[
    'messages/received',
    'messages/sent',
    'publish/dropped',
    'publish/received',
    'publish/sent',
    'bytes/received',
    'bytes/sent',
    'sockets',
    'connections',
  ].flatMap((name) => ['1min', '5min', '15min'].map((span) => `load/${name}/${span}`)),
  'messages/stored',
  'messages/received',
  'messages/sent',
  'store/messages/count',
  'store/messages/bytes',
  'subscriptions/count',
  'shared_subscriptions/count',
  'retained messages/count',
  'heap/current',
  'heap/maximum',
  'publish/messages/dropped',
  'publish/messages/received',
  'publish/messages/sent',
  'publish/bytes/received',
  'publish/bytes/sent',
  'bytes/received',
  'bytes/sent',
].map((name) => `$SYS/broker/${name}`);

/** What there is beside it. */
const ANAX = [
  'addresses turned away',
  'logins failed',
  'logins throttled',
  'bans made',
  'banned refused',
  'clients slowed',
  'clients over rate',
  'retained over quota',
  'clients shed',
  'bytes shed',
  'log lines left out',
].map((name) => `$SYS/broker/abuse/${name}`);

function figures(facts: Partial<Figures> = {}): Figures {
  return {
    counters: new Counters(),
    clientsConnected: 0,
    sessions: 0,
    subscriptions: 0,
    sharedSubscriptions: 0,
    retainedMessages: 0,
    storedMessages: 0,
    storedBytes: 0,
    heapBytes: 0,
    ...facts,
  };
}

/** What is published, below `$SYS/broker/`. */
function said(tree: SysTree, now: number, at: Figures = figures()): Readonly<Record<string, string>> {
  const lines = tree.update(at, now);
  return Object.fromEntries(lines.map(({ topic, text }) => [topic.replace('$SYS/broker/', ''), text]));
}

test('the first time, every topic of mosquitto is there, once, and those about abuse', () => {
  const topics = new SysTree('1.2.3', 'changes', figures(), 0)
    .update(figures(), 0)
    .map(({ topic }) => topic as string);
  expect(topics.toSorted()).toEqual([...MOSQUITTO, ...ANAX].toSorted());
});

test('each topic says what it is named after', () => {
  const counters = Object.assign(new Counters(), {
    clientsMaximum: 9,
    sessionsExpired: 8,
    packetsReceived: 70,
    packetsSent: 71,
    messagesReceived: 30,
    messagesSent: 31,
    messagesDropped: 32,
    payloadBytesReceived: 300,
    payloadBytesSent: 301,
    bytesReceived: 700,
    bytesSent: 701,
    connectionsAccepted: 12,
    connectsReceived: 6,
    addressesTurnedAway: 61,
    loginsFailed: 62,
    loginsThrottled: 63,
    bansMade: 64,
    bannedRefused: 65,
    logLinesLeftOut: 66,
    clientsShed: 70,
    bytesShed: 71,
    retainedOverQuota: 69,
    clientsSlowed: 67,
    clientsOverRate: 68,
  });
  const tree = new SysTree('1.2.3', 'changes', figures(), 5000);
  const at = figures({
    counters,
    clientsConnected: 5,
    sessions: 7,
    subscriptions: 21,
    sharedSubscriptions: 3,
    retainedMessages: 4,
    storedMessages: 14,
    storedBytes: 1400,
    heapBytes: 50_000,
  });
  expect(said(tree, 65_999, at)).toMatchObject({
    version: 'anax version 1.2.3',
    uptime: '60 seconds',
    'clients/total': '7',
    'clients/connected': '5',
    'clients/active': '5',
    'clients/disconnected': '2',
    'clients/inactive': '2',
    'clients/maximum': '9',
    'clients/expired': '8',
    'messages/received': '70',
    'messages/sent': '71',
    'messages/stored': '14',
    'store/messages/count': '14',
    'store/messages/bytes': '1400',
    'publish/messages/received': '30',
    'publish/messages/sent': '31',
    'publish/messages/dropped': '32',
    'publish/bytes/received': '300',
    'publish/bytes/sent': '301',
    'bytes/received': '700',
    'bytes/sent': '701',
    'retained messages/count': '4',
    'subscriptions/count': '21',
    'shared_subscriptions/count': '3',
    'heap/current': '50000',
    'heap/maximum': '50000',
    'abuse/addresses turned away': '61',
    'abuse/logins failed': '62',
    'abuse/logins throttled': '63',
    'abuse/bans made': '64',
    'abuse/banned refused': '65',
    'abuse/log lines left out': '66',
    'abuse/clients shed': '70',
    'abuse/bytes shed': '71',
    'abuse/retained over quota': '69',
    'abuse/clients slowed': '67',
    'abuse/clients over rate': '68',
  });
});

test('each load follows its own counter', () => {
  const counters = Object.assign(new Counters(), {
    packetsReceived: 1,
    packetsSent: 2,
    messagesReceived: 3,
    messagesSent: 4,
    messagesDropped: 5,
    bytesReceived: 6,
    bytesSent: 7,
    connectionsAccepted: 8,
    connectsReceived: 9,
  });
  const loads = said(new SysTree('1', 'changes', figures(), 0), 60_000, figures({ counters }));
  // In one minute the first average has come to 1 - 1/e of what there was.
  const shown = (name: string): number => Math.round(Number(loads[`load/${name}/1min`]) / (1 - 1 / Math.E));
  expect({
    received: shown('messages/received'),
    sent: shown('messages/sent'),
    publishReceived: shown('publish/received'),
    publishSent: shown('publish/sent'),
    publishDropped: shown('publish/dropped'),
    bytesReceived: shown('bytes/received'),
    bytesSent: shown('bytes/sent'),
    sockets: shown('sockets'),
    connections: shown('connections'),
  }).toEqual({
    received: 1,
    sent: 2,
    publishReceived: 3,
    publishSent: 4,
    publishDropped: 5,
    bytesReceived: 6,
    bytesSent: 7,
    sockets: 8,
    connections: 9,
  });
});

describe('later', () => {
  test('only what has changed is said again', () => {
    const tree = new SysTree('1', 'changes', figures(), 0);
    said(tree, 0);
    expect(said(tree, 400)).toEqual({});
    expect(said(tree, 1000)).toEqual({ uptime: '1 seconds' });
    expect(said(tree, 1500, figures({ sessions: 1, clientsConnected: 1 }))).toEqual({
      'clients/total': '1',
      'clients/connected': '1',
      'clients/active': '1',
    });
  });

  test('a load that fades slowly is said until it is 0', () => {
    const counters = Object.assign(new Counters(), { connectsReceived: 1 });
    const tree = new SysTree('1', 'changes', figures(), 0);
    said(tree, 10_000, figures({ counters }));
    const texts: string[] = [];
    for (let second = 20; second <= 10_000; second += 10) {
      const text = said(tree, second * 1000, figures({ counters }))['load/connections/15min'];
      if (text !== undefined) texts.push(text);
    }
    expect(texts).toEqual(['0.06', '0.05', '0.04', '0.03', '0.02', '0.01', '0.00']);
  });

  test('everything is said again where nothing is retained', () => {
    const tree = new SysTree('1', 'everything', figures(), 0);
    const first = said(tree, 0);
    expect(said(tree, 100)).toEqual(first);
  });

  test('the largest heap stays', () => {
    const tree = new SysTree('1', 'changes', figures(), 0);
    said(tree, 0, figures({ heapBytes: 100 }));
    expect(said(tree, 10, figures({ heapBytes: 300 }))).toEqual({
      'heap/current': '300',
      'heap/maximum': '300',
    });
    expect(said(tree, 20, figures({ heapBytes: 200 }))).toEqual({ 'heap/current': '200' });
  });

  test('more connections than sessions, as between two of them, are no negative number', () => {
    const tree = new SysTree('1', 'changes', figures(), 0);
    expect(said(tree, 0, figures({ clientsConnected: 2, sessions: 1 }))['clients/disconnected']).toBe('0');
  });
});
