// What a server says about a client, as a verdict. Whatever is not understood is no yes. Pure.

import { type Acceptance, ANYTHING_BUT_SYS, type Credentials, WRONG_CREDENTIALS } from '../access.ts';
import { isName } from '../certificates.ts';
import type { Verdict } from '../chain/link.ts';
import { rulesFromJson } from '../rules/read.ts';
import type { Answer } from './bounded-fetch.ts';

/** Not understood: why. */
export interface Nonsense {
  readonly nonsense: string;
}

/** 204 and 200 with `{"result":"allow"}` let in; 401, 403 and `deny` refuse; `ignore` passes on. */
export function verdictOf({ status, text }: Answer, { userName }: Credentials): Verdict | Nonsense {
  if (status === 401 || status === 403) return denied(`it answered ${status}`);
  if (status === 204) return accepted({ userName });
  if (status !== 200) return { nonsense: `it answered ${status}` };
  const facts = parsed(text);
  if (facts === undefined) return { nonsense: 'it answered 200 with no JSON object' };
  switch (facts['result']) {
    case 'allow':
      return allowed(facts, userName);
    case 'deny':
      return denied('it answered deny');
    case 'ignore':
      return { passed: 'it answered ignore' };
    default:
      return { nonsense: 'its `result` is none of allow, deny, ignore' };
  }
}

function allowed(facts: Facts, asked: string | undefined): Verdict | Nonsense {
  const { userName = asked, permissions, expiresAt } = facts;
  if (userName !== undefined && !isName(userName)) return { nonsense: 'its `userName` is no user name' };
  if (expiresAt !== undefined && (typeof expiresAt !== 'number' || !Number.isFinite(expiresAt))) {
    return { nonsense: 'its `expiresAt` is no number of seconds since 1970' };
  }
  const end = expiresAt === undefined ? {} : { expiresAt: expiresAt * 1000 };
  if (permissions === undefined) return accepted({ userName, ...end });
  const found = rulesFromJson(permissions, 'permissions');
  if ('problem' in found) return { nonsense: 'its `permissions` are no rules' };
  return accepted({ userName, rules: found.rules, ...end });
}

function accepted(facts: Omit<Acceptance, 'permissions'>): Verdict {
  return { accepted: { permissions: ANYTHING_BUT_SYS, ...facts } };
}

function denied(why: string): Verdict {
  return { refused: { ...WRONG_CREDENTIALS, why } };
}

type Facts = Readonly<Record<string, unknown>>;

function parsed(text: string): Facts | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // Own keys only: nothing comes from a prototype.
    return isObject ? Object.assign(Object.create(null), value) : undefined;
  } catch {
    return undefined;
  }
}
