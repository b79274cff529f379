// Fifty honest clients in a ring: each publishes a little to the next, at every QoS, and holds what comes against what was
// sent. Owns what they have sent and got, and how long it took.

import { type Client, connect } from '@anax/client';
import { Histogram } from '../../packages/cli/src/bench/histogram.ts';

const CLIENTS = 50;
/** Each tick a tenth of them publishes: ten messages a second for each. */
const TICK_MS = 10;
const PER_TICK = 5;
const PAYLOAD_BYTES = 64;
const PATIENCE_MS = 60_000;

interface Peer {
  readonly client: Client;
  readonly topic: string;
  readonly qos: 0 | 1 | 2;
  sent: number;
  acknowledged: number;
  /** The number that has to come next. */
  expected: number;
}

export class Ring {
  /** What an honest client must never see. */
  readonly findings: string[] = [];
  readonly #peers: Peer[] = [];
  #latency = new Histogram();
  #ticker: NodeJS.Timeout | undefined;
  #turn = 0;

  static async open(port: number): Promise<Ring> {
    const ring = new Ring();
    for (let i = 0; i < CLIENTS; i++) ring.#peers.push(await ring.#peer(port, i));
    return ring;
  }

  async #peer(port: number, i: number): Promise<Peer> {
    const client = await connect(`mqtt://127.0.0.1:${port}`, {
      clientId: `honest-${i}`,
      userName: 'honest',
      password: 'a fair password',
      properties: { sessionExpiryInterval: 3600 },
    });
    const qos = (i % 3) as 0 | 1 | 2;
    const peer: Peer = { client, topic: `honest/${i}`, qos, sent: 0, acknowledged: 0, expected: 0 };
    client.addEventListener('disconnected', ({ detail }) => {
      if (this.#ticker !== undefined)
        this.findings.push(`honest-${i} was disconnected: ${detail.reason.code}`);
    });
    const onMessage = ({ payload }: { readonly payload: Uint8Array }): void => this.#came(peer, payload);
    await client.subscribe(peer.topic, { qos, onMessage }).granted;
    return peer;
  }

  start(): void {
    this.#ticker = setInterval(() => {
      for (let i = 0; i < PER_TICK; i++) this.#publish(this.#peers[this.#turn++ % CLIENTS]);
    }, TICK_MS);
  }

  /** How long messages took since the last call, in us. */
  latency(): Histogram {
    const latency = this.#latency;
    this.#latency = new Histogram();
    return latency;
  }

  get received(): number {
    return this.#peers.reduce((sum, { expected }) => sum + expected, 0);
  }

  /** Publishes no more, waits for what is under way, and says what is missing. */
  async end(): Promise<void> {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    const deadline = performance.now() + PATIENCE_MS;
    while (performance.now() < deadline && this.#peers.some(isOwed)) await pause(50);
    for (const { topic, qos, sent, expected, acknowledged } of this.#peers) {
      if (expected < sent)
        this.findings.push(`${topic}: ${sent - expected} of ${sent} at QoS ${qos} never came`);
      if (acknowledged < sent)
        this.findings.push(`${topic}: ${sent - acknowledged} of ${sent} were not acknowledged`);
    }
    await Promise.all(this.#peers.map(({ client }) => client.close()));
  }

  /** To the peer's own topic, by the one before it. */
  #publish(peer: Peer | undefined): void {
    if (peer === undefined) return;
    const by = this.#peers[(this.#peers.indexOf(peer) + CLIENTS - 1) % CLIENTS] as Peer;
    const payload = Buffer.alloc(PAYLOAD_BYTES);
    payload.writeUInt32BE(peer.sent++);
    payload.writeDoubleBE(performance.now(), 4);
    by.client.publish(peer.topic, new Uint8Array(payload), { qos: peer.qos }).then(
      ({ reasonCode }) => {
        peer.acknowledged += 1;
        if (reasonCode >= 0x80)
          this.findings.push(`${peer.topic}: refused with 0x${reasonCode.toString(16)}`);
      },
      (error: Error) => this.findings.push(`${peer.topic}: ${error.message}`),
    );
  }

  #came(peer: Peer, payload: Uint8Array): void {
    const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
    const number = view.getUint32(0);
    this.#latency.add((performance.now() - view.getFloat64(4)) * 1000);
    if (number !== peer.expected) {
      this.findings.push(`${peer.topic}: message ${number} came where ${peer.expected} was due`);
    }
    peer.expected = number + 1;
  }
}

function isOwed({ sent, acknowledged, expected }: Peer): boolean {
  return expected < sent || acknowledged < sent;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
