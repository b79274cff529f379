// A process with an outbox on the disk: publishes numbered messages at QoS 1 and 2, and kills itself the so-manyth time that
// it comes to a named place. Prints what is stored. With nothing to publish it waits until all is settled, and ends.

import { setTimeout as wait } from 'node:timers/promises';
import { connect } from '@anax/client';
import { lmdbOutbox } from '@anax/client/lmdb';

const { url, directory, from, count, place, times } = JSON.parse(process.argv[2]);

let seen = 0;
function reached(name) {
  if (name !== place) return;
  seen += 1;
  if (seen === times) process.kill(process.pid, 'SIGKILL');
}

/** By the first four bits of a packet. */
const SENT = new Map([
  [3, 'PUBLISH has left'],
  [6, 'PUBREL has left'],
]);
const RECEIVED = new Map([
  [4, 'PUBACK has come'],
  [5, 'PUBREC has come'],
  [7, 'PUBCOMP has come'],
]);
let isReleasing = false;

const real = lmdbOutbox(directory);
const store = {
  open: (owner) =>
    real.open({
      ...owner,
      written: (batch) => {
        reached('a group is stored, and nothing has left');
        if (isReleasing) reached('PUBREL is stored, and has not left');
        isReleasing = false;
        owner.written(batch);
      },
    }),
};
const trace = {
  // Packets of a turn leave at its end.
  sent: (packet) => setImmediate(() => setImmediate(() => reached(SENT.get(packet[0] >> 4)))),
  received: (packet) => {
    const what = RECEIVED.get(packet[0] >> 4);
    reached(what);
    if (what === 'PUBREC has come') isReleasing = true;
  },
};

const restored = [];
const client = await connect(url, {
  clientId: 'device',
  properties: { sessionExpiryInterval: 3600 },
  outbox: { store, onRestored: (message) => restored.push(message) },
  reconnect: { initially: true, delayBaseMs: 20, delayMaxMs: 100 },
  connectTimeoutMs: 2000,
  pingTimeoutMs: 1000,
  trace,
});

for (let n = from; n < from + count; n++) {
  for (const qos of [1, 2]) {
    const payload = String(n);
    client
      .publish(`outbox/${qos}`, payload, {
        qos,
        onStored: () => process.stdout.write(`stored ${qos} ${payload}\n`),
      })
      .catch((error) => process.stdout.write(`failed ${error.code}\n`));
    reached('published, and nothing is stored');
  }
  if (n % 5 === 4) await wait(1);
}
if (count === 0) {
  await Promise.all(restored.map(({ settled }) => settled));
  process.stdout.write(`settled ${restored.length}\n`);
  await client.close();
}
