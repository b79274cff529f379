// Two hundred clients, one after the other, over sockets with hostile servers. The order in which the network gives things
// is not the seed's: a failure says which one began it, not that it comes again.

import { expect, test } from 'vitest';
import { SocketWorld } from './client/sockets.ts';
import { Random } from './random.ts';

const ROUNDS = Number(process.env['ROUNDS'] ?? 200);
const SEED = Number(process.env['SEED'] ?? 5_1883);

test('every promise of a client settles with a typed error or a result, and nothing of it is left', async () => {
  const world = new SocketWorld();
  await world.open();
  for (let round = 0; round < ROUNDS; round++) {
    await world.round(new Random(SEED + round)).catch((error: Error) => {
      throw new Error(`seed ${SEED + round}: ${error.message}`, { cause: error });
    });
  }
  await world.close();
  console.log(`${world.connections} connections: ${JSON.stringify([...world.told])}`);
  expect(world.connections).toBeGreaterThan(ROUNDS);
  const sockets = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  await expect.poll(sockets, { timeout: 10_000 }).toBe(0);
});
