// All rules of a configuration, read once; at login they become what one client may do. What is the same for many clients
// is made once: rules without variables, for each choice of rules that somebody has met.

import type { Permissions } from '../access.ts';
import { ANY, RECEIVE, SUBSCRIBE_ANY } from './kinds.ts';
import { Layer, type ReadRule, readRule } from './layer.ts';
import { Rights } from './rights.ts';
import type { AccessRule, Identity } from './rule.ts';
import { type Test, testOf, type Verdict } from './who.ts';

/** What holds where no rule has a word. */
export type Otherwise = 'allow' | 'deny';

/** How many choices of rules are kept; more begins anew. */
const CHOICES_MAX = 1024;

interface Entry {
  readonly read: ReadRule;
  readonly test: Test;
  readonly index: number;
}

/** Stands in where a rule asks nothing of a client. */
const ANYBODY: Test = () => 'yes';

export class RuleBook {
  readonly rules: readonly AccessRule[];
  readonly #otherwise: number;
  /** The same for each and all. */
  readonly #common: readonly Entry[];
  /** With variables, or by other facts than the user name; and those of each user. */
  readonly #general: readonly Entry[];
  readonly #ofUser = new Map<string, Entry[]>();
  readonly #choices = new Map<string, Layer>();

  /** @throws TypeError for a rule that is none */
  constructor(rules: readonly AccessRule[], otherwise: Otherwise) {
    this.rules = rules;
    this.#otherwise = otherwise === 'allow' ? ANY : 0;
    const common: Entry[] = [];
    const general: Entry[] = [];
    for (const [index, rule] of rules.entries()) {
      const entry = {
        read: readRule(rule),
        test: rule.who === undefined ? ANYBODY : testOf(rule.who),
        index,
      };
      const users = rule.who?.users;
      if (rule.who === undefined && !entry.read.hasVariable) common.push(entry);
      else if (users === undefined) general.push(entry);
      else for (const user of new Set(users)) this.#entriesOf(user).push(entry);
    }
    this.#common = common;
    this.#general = general;
  }

  #entriesOf(user: string): Entry[] {
    let entries = this.#ofUser.get(user);
    if (entries === undefined) {
      entries = [];
      this.#ofUser.set(user, entries);
    }
    return entries;
  }

  /** What a client may do; `more` are rules that came with its login. @throws TypeError for one of those that is none */
  rightsOf(identity: Identity, more: readonly AccessRule[] = []): Permissions {
    return new Rights(this.#layers(identity, more), this.#otherwise);
  }

  /**
   * What a client may do that is not there. What only a login could tell is no for what it publishes, its will, and left
   * open for what is kept for it: that is asked again when it comes. `loginBringsRules`: there may be rules or permissions
   * beside these.
   */
  rightsOffline(clientId: string, userName: string | undefined, loginBringsRules: boolean): Permissions {
    const identity: Identity = { clientId, userName, login: undefined };
    const layers = this.#layers(identity, []);
    if (!loginBringsRules) return new Rights(layers, this.#otherwise);
    const rights = new Rights(layers, this.#otherwise | SUBSCRIBE_ANY | RECEIVE);
    return {
      mayPublish: () => false,
      maySubscribe: (filter, qos) => rights.maySubscribe(filter, qos),
      ...(rights.mayReceive === undefined ? {} : { mayReceive: rights.mayReceive }),
    };
  }

  #layers(identity: Identity, more: readonly AccessRule[]): Layer[] {
    const { userName } = identity;
    const chosen: [Entry, Verdict][] = [];
    const own: Layer = new Layer();
    let key = identity.login === undefined ? 'offline' : '';
    const choose = (entry: Entry): void => {
      const verdict = entry.test(identity);
      if (verdict === 'no') return;
      if (entry.read.hasVariable) return own.add(entry.read, identity, verdict);
      chosen.push([entry, verdict]);
      key += verdict === 'yes' ? `,${entry.index}` : `,${entry.index}?`;
    };
    for (const entry of this.#general) choose(entry);
    if (userName !== undefined) for (const entry of this.#ofUser.get(userName) ?? []) choose(entry);
    for (const rule of more) {
      const verdict = rule.who === undefined ? 'yes' : testOf(rule.who)(identity);
      own.add(readRule(rule), identity, verdict);
    }
    return [this.#choice(key, chosen, identity), own];
  }

  #choice(key: string, chosen: readonly [Entry, Verdict][], identity: Identity): Layer {
    let layer = this.#choices.get(key);
    if (layer !== undefined) return layer;
    layer = new Layer();
    // None of these has a variable: of the identity only counts whether somebody is there.
    for (const { read } of this.#common) layer.add(read, identity, 'yes');
    for (const [{ read }, verdict] of chosen) layer.add(read, identity, verdict);
    if (this.#choices.size >= CHOICES_MAX) this.#choices.clear();
    this.#choices.set(key, layer);
    return layer;
  }
}

/** Rules for one client, at once. @throws TypeError for a rule that is none */
export function compile(
  rules: readonly AccessRule[],
  identity: Identity,
  otherwise: Otherwise = 'deny',
): Permissions {
  return new RuleBook(rules, otherwise).rightsOf(identity);
}
