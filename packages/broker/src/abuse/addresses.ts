// Who is connected from where: how many connections each address has and how fast it makes new ones. Bounded: an address
// with connections is as good as one of them, one without is forgotten once it has been idle. Pure.

import { isWithin, type Network, parseAddress, parseNetwork } from '../network.ts';
import { Bucket } from './bucket.ts';
import { addressKey } from './ip.ts';
import type { AbuseLimits } from './limits.ts';

/** One address, or one /64. */
export interface Place {
  readonly key: string;
  connections: number;
  /** Of those, the ones that have not made their MQTT connection yet. */
  connecting: number;
  readonly arrivals: Bucket;
}

/** Why a connection is not taken. */
export type AddressProblem = 'address-connections' | 'address-connecting' | 'address-rate';

export class Addresses {
  #limits: AbuseLimits;
  #exempt: readonly Network[];
  readonly #active = new Map<string, Place>();
  /** The longest idle first. */
  readonly #idle = new Map<string, Place>();

  constructor(limits: AbuseLimits) {
    this.#limits = limits;
    this.#exempt = rangesOf(limits.exempt);
  }

  /** Other limits hold from now on; places that are known keep their rate until they have been idle. */
  obey(limits: AbuseLimits): void {
    this.#limits = limits;
    this.#exempt = rangesOf(limits.exempt);
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#active.size + this.#idle.size;
  }

  /** Under which an address is counted; undefined where no limit by address applies. */
  keyOf(address: string): string | undefined {
    const key = addressKey(address);
    if (key === undefined || this.#exempt.length === 0) return key;
    const bytes = parseAddress(address) ?? [];
    return this.#exempt.some((range) => isWithin(bytes, range)) ? undefined : key;
  }

  /** Whether one more connection may come from there; it counts against the rate, wherever it may. */
  problem(address: string, now: number): AddressProblem | undefined {
    const key = this.keyOf(address);
    if (key === undefined) return undefined;
    const { addressConnectionsMax, addressConnectingMax, addressConnectionsPerSecondMax } = this.#limits;
    const place = this.#place(key, now);
    if (addressConnectionsPerSecondMax > 0 && !place.arrivals.take(now)) return 'address-rate';
    if (addressConnectionsMax > 0 && place.connections >= addressConnectionsMax) return 'address-connections';
    return addressConnectingMax > 0 && place.connecting >= addressConnectingMax
      ? 'address-connecting'
      : undefined;
  }

  /** A connection is there; undefined where it is not counted. */
  arrive(address: string, now: number): Place | undefined {
    const key = this.keyOf(address);
    if (key === undefined) return undefined;
    const place = this.#place(key, now);
    place.connections += 1;
    place.connecting += 1;
    this.#idle.delete(key);
    this.#active.set(key, place);
    return place;
  }

  /** It has made its MQTT connection. */
  know(place: Place): void {
    place.connecting -= 1;
  }

  leave(place: Place, wasKnown: boolean): void {
    place.connections -= 1;
    if (!wasKnown) place.connecting -= 1;
    if (place.connections > 0) return;
    this.#active.delete(place.key);
    this.#rest(place);
  }

  /** Who has been idle for long enough to be as good as new is forgotten. */
  sweep(now: number): void {
    for (const [key, place] of this.#idle) {
      if (!place.arrivals.isFull(now)) return;
      this.#idle.delete(key);
    }
  }

  #place(key: string, now: number): Place {
    const known = this.#active.get(key) ?? this.#idle.get(key);
    if (known !== undefined) return known;
    const { addressConnectionsPerSecondMax, addressConnectionsBurst } = this.#limits;
    const arrivals = new Bucket(Math.max(1, addressConnectionsPerSecondMax), addressConnectionsBurst, now);
    const place = { key, connections: 0, connecting: 0, arrivals };
    this.#rest(place);
    return place;
  }

  #rest(place: Place): void {
    this.#idle.set(place.key, place);
    if (this.#idle.size <= Math.max(1, this.#limits.addressesIdleMax)) return;
    for (const longest of this.#idle.keys()) {
      this.#idle.delete(longest);
      return;
    }
  }
}

function rangesOf(texts: readonly string[]): readonly Network[] {
  return texts.map(parseNetwork).filter((range) => range !== undefined);
}
