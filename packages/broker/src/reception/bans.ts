// What operators do with bans: list, add, lift. Who is connected and is meant is put out at once.

import { MqttError, Reason } from '@anax/protocol';
import type { Ban, BanTarget } from '../abuse/bans.ts';
import type { Guard } from '../abuse/guard.ts';
import type { Note } from '../hub/notes.ts';
import { parseAddress } from '../network.ts';
import { now } from './clock.ts';
import type { Reception } from './reception.ts';

export interface BanOptions {
  /** For people: in the list, the log, and in what the client is told. */
  readonly reason?: string;
  /** In ms; without it the ban lasts until it is lifted, or the broker ends. */
  readonly forMs?: number;
}

const FIELDS: readonly (keyof BanTarget)[] = ['address', 'clientId', 'userName'];

export class OperatorBans {
  readonly #guard: Guard;
  readonly #reception: Reception;
  readonly #note: (note: Note) => void;

  constructor(guard: Guard, reception: Reception, note: (note: Note) => void) {
    this.#guard = guard;
    this.#reception = reception;
    this.#note = note;
  }

  /** Those of operators, then those that the broker made by itself; each in the order in which they were made. */
  list(): readonly Ban[] {
    return this.#guard.bans.list(now());
  }

  /**
   * Bans whoever has all that is given: an address (an IPv6 address stands for its /64), a client identifier, a user
   * name. Returns how many clients were put out. In memory: it ends with the broker.
   * @throws MqttError `invalid-ban`, `bans-full`
   */
  add(
    target: BanTarget,
    { reason = 'by an operator', forMs = Number.POSITIVE_INFINITY }: BanOptions = {},
  ): number {
    requireTarget(target);
    if (!(forMs > 0)) throw new MqttError('invalid-ban', 'the time of a ban must be more than 0 ms');
    const at = now();
    const facts = { by: 'operator', reason, since: at, expiresAt: at + forMs } as const;
    if (!this.#guard.bans.add(target, facts)) {
      throw new MqttError('bans-full', `there are ${this.#guard.limits.bansMax} bans, no more fit`);
    }
    this.#guard.countBan();
    const { clientId, address } = target;
    this.#note({ event: 'banned', text: `banned: ${reason}`, clientId, address, reason: 'operator' });
    return this.#reception.endWhere(
      (who) => this.#guard.bans.find(who, at) !== undefined,
      Reason.administrativeAction,
      `banned: ${reason}`,
    );
  }

  /** Lifts a ban, whoever made it; false where there is none for just this target. @throws MqttError `invalid-ban` */
  remove(target: BanTarget): boolean {
    requireTarget(target);
    const lifted = this.#guard.bans.remove(target);
    const { clientId, address } = target;
    if (lifted) this.#note({ event: 'ban-lifted', text: 'the ban is lifted', clientId, address });
    return lifted;
  }
}

function requireTarget(target: BanTarget): void {
  const given = FIELDS.filter((field) => target[field] !== undefined);
  if (given.length === 0) throw new MqttError('invalid-ban', `a ban needs one of ${FIELDS.join(', ')}`);
  const wrong = given.find((field) => typeof target[field] !== 'string');
  if (wrong !== undefined) throw new MqttError('invalid-ban', `${wrong} of a ban must be a text`);
  if (target.address !== undefined && parseAddress(target.address) === undefined) {
    throw new MqttError('invalid-ban', 'address of a ban must be an IP address');
  }
}
