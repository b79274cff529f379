// What one check gets to work with: names of its own, connections that are recorded, and a clean broker behind it.
// Owns everything that a check opened, until it is closed.

import {
  type ConnackPacket,
  type ConnectPacket,
  type Dialect,
  type Fault,
  type Packet,
  reasonTitle,
} from '@anax/protocol';
import type {
  Announced,
  BrokerFacts,
  ConnectInput,
  Context,
  Limited,
  OverWebSocket,
} from '../checks/check.ts';
import { Broken, Unsuitable } from '../wire/broken.ts';
import type { Dial } from '../wire/dial.ts';
import { publish } from '../wire/packets.ts';
import { Peer } from '../wire/peer.ts';
import type { Waits } from '../wire/waits.ts';
import { openWebSocket } from '../wire/websocket.ts';
import { connectPacketOf } from './connecting.ts';

export interface Surroundings {
  readonly dial: Dial;
  readonly limited: { readonly dial: Dial; readonly announced: Announced } | undefined;
  readonly dialect: Dialect;
  readonly announced: Announced;
  readonly facts: BrokerFacts;
  readonly waits: Waits;
  /** Letters and digits, different for every check of every audit, 12 at most. */
  readonly unique: string;
  readonly onSeen: (packet: Packet | Fault, bytes: Uint8Array, peer: Peer) => void;
}

export class CheckContext implements Context {
  readonly dialect: Dialect;
  readonly announced: Announced;
  readonly facts: BrokerFacts;
  readonly waits: Waits;
  readonly peers: Peer[] = [];
  readonly #around: Surroundings;
  readonly #retained = new Set<string>();
  readonly #kept = new Map<string, ConnectPacket>();
  #names = 0;
  #abandoned = false;

  constructor(around: Surroundings) {
    this.#around = around;
    this.dialect = around.dialect;
    this.announced = around.announced;
    this.facts = around.facts;
    this.waits = around.waits;
  }

  readonly clientId = (): string => {
    this.#names += 1;
    return `a${this.#around.unique}n${this.#names}`;
  };

  readonly topic = (levels?: string): string => {
    this.#names += 1;
    const base = `anax-conform/${this.#around.unique}/${this.#names}`;
    return levels === undefined ? base : `${base}/${levels}`;
  };

  readonly connectPacket = (input: ConnectInput = {}): ConnectPacket => {
    return connectPacketOf(this.dialect, this.facts, this.clientId(), input);
  };

  readonly open = (options: { readonly label?: string; readonly raw?: boolean } = {}): Promise<Peer> => {
    return this.#open(this.#around.dial, options);
  };

  readonly attempt = (input: ConnectInput = {}): Promise<{ peer: Peer; connack: ConnackPacket }> => {
    return this.#attempt(this.#around.dial, input);
  };

  readonly connect = (input: ConnectInput = {}): Promise<Peer> => {
    return this.#connect(this.#around.dial, input);
  };

  readonly forgetRetained = (topic: string): void => {
    this.#retained.add(topic);
  };

  readonly webSocket = async (): Promise<OverWebSocket> => {
    const { webSocket: url } = this.facts;
    if (url === undefined) throw new Unsuitable('skipped', 'needs a listener for WebSocket: --ws');
    const { selected, link } = await openWebSocket(url, ['mqtt']);
    // A broker that does not select it is judged by one check, and for the others it is not offered.
    const used = link ?? (await openWebSocket(url, [])).link;
    if (used === undefined) throw new Unsuitable('skipped', `${url} takes no WebSocket`);
    const { duplex, sendText, textCame } = used;
    const peer = await this.#open(() => Promise.resolve(duplex), { label: 'client over WebSocket' });
    return {
      peer,
      selected,
      textCame,
      sendText: (text) => {
        peer.transcript.sent(new TextEncoder().encode(text));
        sendText(text);
      },
    };
  };

  readonly limited = (): Limited => {
    const { limited } = this.#around;
    if (limited === undefined)
      throw new Unsuitable('skipped', 'needs a listener with features off: --limited');
    return {
      announced: limited.announced,
      connectPacket: (input) => this.connectPacket(input),
      open: (options = {}) => this.#open(limited.dial, options),
      connect: (input = {}) => this.#connect(limited.dial, input),
      attempt: (input = {}) => this.#attempt(limited.dial, input),
    };
  };

  /** Cuts what is open and opens no more, so that the check ends at once, whatever it waits for. */
  abandon(): void {
    this.#abandoned = true;
    for (const peer of this.peers) peer.cut();
  }

  /** Closes what is open, ends sessions that were kept, empties topics that were retained. */
  async leave(): Promise<void> {
    this.abandon();
    this.#abandoned = false;
    const shown = this.peers.length;
    for (const packet of this.#kept.values()) {
      await this.#quietly({ ...packet, cleanStart: true, will: undefined, properties: {} }, () =>
        Promise.resolve(),
      );
    }
    if (this.#retained.size > 0) {
      await this.#quietly(this.connectPacket(), async (peer) => {
        for (const topic of this.#retained) peer.send(publish({ topic, retain: true }));
        await peer.fence();
      });
    }
    // What tidies up is no part of the check.
    this.peers.length = shown;
  }

  /** A connection whose failure is nobody's: the checks tell what is wrong with connecting. */
  async #quietly(packet: ConnectPacket, work: (peer: Peer) => Promise<void>): Promise<void> {
    try {
      const peer = await this.#open(this.#around.dial, { label: 'tidying up' });
      peer.send(packet);
      await peer.expect('connack');
      await work(peer);
      await peer.disconnect();
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
    }
  }

  async #open(
    dial: Dial,
    { label, raw }: { readonly label?: string; readonly raw?: boolean },
  ): Promise<Peer> {
    const duplex = this.#abandoned ? undefined : await dial();
    if (duplex === undefined || this.#abandoned) {
      duplex?.destroy();
      throw new Unsuitable('skipped', 'it was abandoned');
    }
    const peer = new Peer(duplex, {
      dialect: this.dialect,
      waits: this.waits,
      label: label ?? `client ${this.peers.length + 1}`,
      onSent: (packet) => this.#sent(packet),
      onSeen: this.#around.onSeen,
      ...(raw === undefined ? {} : { raw }),
    });
    this.peers.push(peer);
    return peer;
  }

  async #attempt(dial: Dial, input: ConnectInput): Promise<{ peer: Peer; connack: ConnackPacket }> {
    const peer = await this.#open(dial, input.label === undefined ? {} : { label: input.label });
    peer.send(this.connectPacket(input));
    return { peer, connack: await peer.expect('connack') };
  }

  async #connect(dial: Dial, input: ConnectInput): Promise<Peer> {
    const { peer, connack } = await this.#attempt(dial, input);
    const { reasonCode, properties } = connack;
    if (reasonCode === 0 && input.keep === true && properties.sessionExpiryInterval === 0)
      throw new Unsuitable('not applicable', 'CONNACK says Session Expiry Interval 0: no session is kept');
    if (reasonCode === 0) return peer;
    throw new Broken(
      `a CONNACK of success at ${peer.label}`,
      `0x${reasonCode.toString(16)} ${reasonTitle(reasonCode)}`,
    );
  }

  #sent(packet: Packet): void {
    if (packet.type === 'publish' && packet.retain && packet.topic !== '' && packet.payload.length > 0) {
      this.#retained.add(packet.topic);
    }
    if (packet.type !== 'connect') return;
    const { will, clientId, cleanStart, properties } = packet;
    if (will?.retain === true) this.#retained.add(will.topic);
    const keeps = this.dialect.properties ? (properties.sessionExpiryInterval ?? 0) > 0 : !cleanStart;
    if (keeps && clientId !== '') this.#kept.set(clientId, packet);
  }
}
