// What an audit would run: checks and watches with what they prove and what they need, without a broker.

import { DIALECTS, type DialectName } from '@anax/protocol';
import { CHECKS, WATCHES } from '../checks/all.ts';
import type { Check, Watch } from '../checks/check.ts';
import { lacking } from '../checks/needs.ts';
import { STATEMENTS } from '../statements/tables.ts';
import { isWanted, patternOf, provedIn } from './select.ts';

export interface Listed {
  readonly name: string;
  readonly sentence: string;
  /** By version; a check runs in those that are here. */
  readonly proves: readonly { readonly dialect: DialectName; readonly statements: readonly string[] }[];
  /** The option without which it is skipped, if there is one. */
  readonly needs: string | undefined;
}

/** In the order of the standard; where only some are asked for, those. */
export function listed(
  only: readonly string[] | undefined,
  dialects: readonly DialectName[] | undefined,
): readonly Listed[] {
  const wanted = DIALECTS.filter(({ name }) => dialects?.includes(name) ?? true);
  return [...CHECKS, ...WATCHES].flatMap((one) => {
    const proves = wanted
      .map((dialect) => ({ dialect: dialect.name, statements: provedIn(one, dialect) }))
      .filter(({ statements }) => statements.length > 0 && isWanted(one.name, statements, only));
    const { name, sentence } = one;
    return proves.length === 0 ? [] : [{ name, sentence, proves, needs: neededBy(one) }];
  });
}

/** Patterns of `only` that fit no statement and no check. */
export function strayPatterns(only: readonly string[]): readonly string[] {
  const names = [...STATEMENTS.map(({ id }) => id), ...[...CHECKS, ...WATCHES].map(({ name }) => name)];
  return only.filter((pattern) => !names.some(patternOf(pattern)));
}

/** A broker that has everything, of which nothing is known: what is lacking then is an option. */
function neededBy(one: Check | Watch): string | undefined {
  const needs = 'needs' in one ? (one.needs ?? []) : [];
  const announced = {
    maximumQos: 2,
    retainAvailable: true,
    wildcardSubscriptionAvailable: true,
    subscriptionIdentifiersAvailable: true,
    sharedSubscriptionAvailable: true,
    topicAliasMaximum: 1,
    receiveMaximum: 1,
    maximumPacketSize: undefined,
    serverKeepAlive: undefined,
  } as const;
  return lacking(needs, { announced, facts: {}, limited: undefined })?.reason;
}
