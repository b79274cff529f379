// What a wildcard subscription to a million retained messages costs everybody else: round trips of another client, quiet
// and while the messages are sent.
//
//   npm run bench:retained -- [--messages 1000000] [--brokers anax,mosquitto]

import { once } from 'node:events';
import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import {
  Decoder,
  encodePacket,
  MQTT_3_1_1,
  type Packet,
  publishPacket,
  type TopicName,
} from '@anax/protocol';
import { startBroker } from './brokers.ts';
import { machine, median } from './measure.ts';
import { plainClient } from './plain-client.ts';

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    brokers: { type: 'string', default: 'anax,mosquitto' },
  },
});
const messages = Number(values.messages);
const PAYLOAD = new Uint8Array(64);
const BURST = 1000;
const PING_EVERY_MS = 2;

function send(socket: Socket, packet: Packet): boolean {
  return socket.write(encodePacket(packet, MQTT_3_1_1));
}

/** Milliseconds of each round trip, until `stop` is called. */
function roundTrips(socket: Socket): { readonly times: number[]; readonly stop: () => void } {
  const times: number[] = [];
  let sentAt = 0;
  let stopped = false;
  const ping = (): void => {
    if (stopped) return;
    sentAt = performance.now();
    send(socket, { type: 'pingreq' });
  };
  const answered = (): void => {
    times.push(performance.now() - sentAt);
    setTimeout(ping, PING_EVERY_MS);
  };
  socket.on('data', answered);
  ping();
  const stop = (): void => {
    stopped = true;
    socket.off('data', answered);
  };
  return { times, stop };
}

async function fill(socket: Socket): Promise<void> {
  for (let i = 0; i < messages; i += BURST) {
    const burst = Array.from({ length: Math.min(BURST, messages - i) }, (_, j) => {
      const topic = `plant/${(i + j) % 1000}/device/${i + j}/state` as TopicName;
      return encodePacket(publishPacket(topic, PAYLOAD, 0, true, false, 0, {}), MQTT_3_1_1);
    });
    if (!socket.write(Buffer.concat(burst))) await once(socket, 'drain');
  }
  send(socket, { type: 'pingreq' });
  await once(socket, 'data');
}

/** Subscribes to everything and gives how many messages came, in how many ms. */
async function takeAll(socket: Socket): Promise<{ readonly count: number; readonly ms: number }> {
  const begin = performance.now();
  const decoder = new Decoder({ sender: 'server', dialect: MQTT_3_1_1, maximumPacketSize: 1 << 20 });
  let count = 0;
  send(socket, {
    type: 'subscribe',
    packetId: 1,
    subscriptions: [
      { topicFilter: '#' as never, qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 },
    ],
    properties: {},
  });
  while (count < messages) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    decoder.push(chunk);
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
      if (packet.type === 'publish') count += 1;
    }
  }
  return { count, ms: performance.now() - begin };
}

function told(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  return [median(sorted), p99, sorted.at(-1) ?? Number.NaN].map((ms) => ms.toFixed(1)).join(' / ');
}

const { cpu, node, commit, date } = machine();
process.stdout.write(
  `Round trips of another client in ms: median / 99% / longest; ${messages} retained messages of 64 bytes.\n`,
);
process.stdout.write(`${cpu}, Node ${node}, commit ${commit}, ${date}.\n\n`);
process.stdout.write('| broker | quiet | while `#` gets them all | they take |\n|---|---|---|---|\n');
for (const name of values.brokers.split(',')) {
  const broker = await startBroker(name);
  try {
    await fill(await plainClient(broker.port, MQTT_3_1_1, 'fill'));
    const witness = await plainClient(broker.port, MQTT_3_1_1, 'witness');
    const quiet = roundTrips(witness);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    quiet.stop();
    const busy = roundTrips(witness);
    const { ms } = await takeAll(await plainClient(broker.port, MQTT_3_1_1, 'all'));
    busy.stop();
    process.stdout.write(
      `| ${name} | ${told(quiet.times)} | ${told(busy.times)} | ${(ms / 1000).toFixed(1)} s |\n`,
    );
  } finally {
    await broker.stop();
  }
}
process.exit(0);
