// The hostile clients, in a process of their own: each kind does one thing that no server should suffer from, again and
// again, until the soak ends this process. Owns the kinds and how many there are of each; the attacks are beside it.

import { chance } from '../crash/src/chance.ts';
import { type Attack, Attacker } from './attacker.ts';
import * as attacks from './attacks.ts';

/** How many at once of each. */
const KINDS: Readonly<Record<string, readonly [count: number, attack: Attack]>> = {
  'malformed packets': [4, attacks.malformed],
  'half-open connections': [40, attacks.halfOpen],
  'slow CONNECT': [20, attacks.slowConnect],
  'slow PUBLISH': [10, attacks.slowPublish],
  'frozen subscribers': [10, attacks.frozen],
  'flapping clients': [3, attacks.flapping],
  'session theft': [2, attacks.theft],
  'wrong passwords': [2, attacks.wrongPassword],
  'flood QoS 0': [2, attacks.floodQos0],
  'flood QoS 1': [2, attacks.floodQos1],
  'flood QoS 2 without release': [1, attacks.floodQos2],
  'flood of retained messages': [1, attacks.floodRetained],
  'flood of subscriptions': [1, attacks.floodSubscriptions],
  'flood of retained deliveries': [1, attacks.floodRetainedDeliveries],
  'flood of user properties': [1, attacks.floodUserProperties],
  'flood of PINGREQ': [1, attacks.floodPings],
  'deep topics': [1, attacks.deepTopics],
  'empty WebSocket fragments': [2, attacks.emptyFragments],
};

/** Runs until the parent closes this process's input; then says what was done. */
export async function hostile(
  port: number,
  webSocketPort: number,
  seed: number,
  only: string,
): Promise<void> {
  const ended = new Promise((resolve) => process.stdin.on('close', resolve).on('end', resolve).resume());
  const done = new Map<string, number>();
  const attackers: Attacker[] = [];
  for (const [kind, [count, attack]] of Object.entries(KINDS)) {
    if (!kind.includes(only)) continue;
    for (let i = 0; i < count; i++) {
      const attacker = new Attacker({
        name: `${kind.replaceAll(' ', '-')}-${i}`,
        port,
        webSocketPort,
        chance: chance(seed, `${kind} ${i}`),
        count: () => done.set(kind, (done.get(kind) ?? 0) + 1),
      });
      attackers.push(attacker);
      void attacker.run(attack);
    }
  }
  await ended;
  for (const attacker of attackers) attacker.stop();
  const lines = [...done].map(([kind, count]) => `${String(count).padStart(8)} ${kind}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
