// A chain of authenticators: asked in order, the first that decides has decided. Fails closed: a link that throws, rejects,
// answers nonsense or is late has refused, and where all pass on, nobody is let in. Knows no link.

import { Reason } from '@anax/protocol';
import {
  type Authenticator,
  type Credentials,
  type Decision,
  type Refusal,
  type Vouches,
  WRONG_CREDENTIALS,
} from '../access.ts';
import type { Link, Pass, Verdict } from './link.ts';

/** Longer than any link takes by its own limits, and shorter than the default `connectTimeout`. */
export const LINK_TIMEOUT_MS = 8000;

export function chained(links: readonly Link[], linkTimeoutMs = LINK_TIMEOUT_MS): Authenticator {
  return (credentials) => asked(links, 0, credentials, [], linkTimeoutMs);
}

/** Whether a chain, which may be another one now, still speaks for somebody. */
export function chainVouches(links: readonly Link[]): Vouches {
  return (voucher, peer) =>
    links.some(({ name, vouches }) => vouches?.(voucher, peer) ?? voucher === voucherOfLink(name));
}

function voucherOfLink(name: string): string {
  return `link ${name}`;
}

/** What answers at once is heard at once; from the first promise on the rest is promised. */
function asked(
  links: readonly Link[],
  first: number,
  credentials: Credentials,
  passes: readonly NamedPass[],
  timeoutMs: number,
): Decision | Promise<Decision> {
  let passed = passes;
  for (let at = first; at < links.length; at++) {
    const { name, authenticate } = links[at] as Link;
    if (authenticate === undefined) continue;
    const answer = question(() => authenticate(credentials));
    if (answer instanceof Promise) {
      return inTime(answer, timeoutMs).then((verdict) =>
        isPass(verdict)
          ? asked(links, at + 1, credentials, [...passed, { name, ...verdict }], timeoutMs)
          : decided(name, verdict),
      );
    }
    if (!isPass(answer)) return decided(name, answer);
    passed = [...passed, { name, ...answer }];
  }
  return { refused: nobodyKnows(passed) };
}

type NamedPass = Pass & { readonly name: string };

function question(ask: () => Verdict | Promise<Verdict>): Verdict | Promise<Verdict> | Broken {
  try {
    const answer: unknown = ask();
    const isLater = typeof (answer as { readonly then?: unknown } | null | undefined)?.then === 'function';
    return isLater ? Promise.resolve(answer as Promise<Verdict>) : (answer as Verdict);
  } catch (error) {
    return brokenBy(error);
  }
}

/** No verdict: why, for the log. */
interface Broken {
  readonly broken: string;
}

/** What an error says may hold what must not be logged: its name and code do not. */
function brokenBy(error: unknown): Broken {
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown };
  const facts = [name, code].filter((fact) => typeof fact === 'string');
  return { broken: ['it threw', ...facts].join(' ') };
}

function inTime(answer: Promise<Verdict>, timeoutMs: number): Promise<Verdict | Broken> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ broken: `it did not answer within ${timeoutMs} ms` }),
      timeoutMs,
    );
    timer.unref();
    const settle = (verdict: Verdict | Broken): void => {
      clearTimeout(timer);
      resolve(verdict);
    };
    answer.then(settle, (error: unknown) => settle(brokenBy(error)));
  });
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Nothing but a pass passes on; what is a decision as well, or nothing at all, does not. */
function isPass(verdict: Verdict | Broken): verdict is Pass {
  return isObject(verdict) && 'passed' in verdict && !('accepted' in verdict) && !('refused' in verdict);
}

function decided(name: string, verdict: Verdict | Broken): Decision {
  if (isObject(verdict)) {
    if ('accepted' in verdict && isObject(verdict.accepted) && !('refused' in verdict)) {
      return { accepted: { voucher: voucherOfLink(name), ...verdict.accepted } };
    }
    if ('refused' in verdict && typeof verdict.refused?.reasonCode === 'number') {
      return { refused: { ...verdict.refused, link: name } };
    }
  }
  const why = isObject(verdict) && 'broken' in verdict ? verdict.broken : 'it gave no answer';
  const text = 'the authentication could not be carried out';
  return { refused: { reasonCode: Reason.serverUnavailable, text, link: name, why } };
}

function nobodyKnows(passes: readonly NamedPass[]): Refusal {
  const why = passes.map(({ name, passed }) => `${name}: ${passed}`).join('; ');
  const link = passes.map(({ name }) => name).join(', ');
  if (passes.some(({ wrongCredentials }) => wrongCredentials)) return { ...WRONG_CREDENTIALS, link, why };
  return { reasonCode: Reason.notAuthorized, text: 'nobody here knows this client', link, why };
}
