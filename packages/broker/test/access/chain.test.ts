/** Owns chains of authenticators: who is asked, who decides, and that whatever goes wrong lets nobody in. */

import { describe, expect, it } from 'vitest';
import { ANYTHING_BUT_SYS } from '../../src/access/access.ts';
import { chained } from '../../src/access/chain/chain.ts';
import type { Link, Verdict } from '../../src/access/chain/link.ts';
import { credentials, told } from './credentials.ts';

const ACCEPTED: Verdict = { accepted: { userName: 'x', permissions: ANYTHING_BUT_SYS } };
const REFUSED: Verdict = { refused: { reasonCode: 0x86, text: 'wrong' } };
const PASSED: Verdict = { passed: 'not mine' };

function link(answer: () => unknown, name = 'link'): Link {
  return { name, authenticate: answer as NonNullable<Link['authenticate']> };
}

async function decided(...links: readonly Link[]): Promise<string> {
  return told(await chained(links)(credentials('x', 'y')));
}

const NEVER = link(() => {
  throw new Error('asked although somebody had decided');
});

describe.each([
  ['at once', (verdict: unknown) => verdict],
  ['later', async (verdict: unknown) => verdict],
])('a chain whose links answer %s', (_, given) => {
  it('ends with the first that accepts', async () => {
    expect(
      await decided(
        link(() => given(ACCEPTED)),
        NEVER,
      ),
    ).toBe('accepted x');
  });

  it('ends with the first that refuses', async () => {
    expect(
      await decided(
        link(() => given(REFUSED)),
        link(() => given(ACCEPTED)),
      ),
    ).toBe('refused 0x86: wrong');
  });

  it('goes on to the next where one passes', async () => {
    expect(
      await decided(
        link(() => given(PASSED)),
        link(() => given(ACCEPTED)),
      ),
    ).toBe('accepted x');
  });

  it('lets nobody in where all pass', async () => {
    expect(
      await decided(
        link(() => given(PASSED), 'a'),
        link(() => given(PASSED), 'b'),
      ),
    ).toBe('refused 0x87: a: not mine; b: not mine');
  });

  it('tells of wrong credentials where a name is known nowhere', async () => {
    const unknown = { passed: 'no such user', wrongCredentials: true };
    const told = await decided(
      link(() => given(unknown)),
      link(() => given(PASSED)),
    );
    expect(told).toBe('refused 0x86: link: no such user; link: not mine');
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['true', true],
    ['an empty object', {}],
    ['accepted: true', { accepted: true }],
    ['accepted and refused', { accepted: {}, refused: {} }],
    ['accepted and passed and refused', { accepted: {}, passed: '', refused: {} }],
  ])('refuses for an answer that is none: %s', async (_name, nonsense) => {
    expect(
      await decided(
        link(() => given(nonsense)),
        link(() => given(ACCEPTED)),
      ),
    ).toMatch(/^refused/);
  });
});

describe('a chain', () => {
  it('without links lets nobody in', async () => {
    expect(await decided()).toMatch(/^refused 0x87/);
  });

  it('refuses where a link throws, and keeps what it says to itself', async () => {
    const broken = link(() => {
      throw Object.assign(new TypeError('the password was hunter2'), { code: 'E_X' });
    });
    expect(
      await decided(
        broken,
        link(() => ACCEPTED),
      ),
    ).toBe('refused 0x88: it threw TypeError E_X');
  });

  it('refuses where a link rejects', async () => {
    const broken = link(() => Promise.reject(new Error('the password was hunter2')));
    expect(
      await decided(
        broken,
        link(() => ACCEPTED),
      ),
    ).toBe('refused 0x88: it threw Error');
  });

  it('refuses where a link is late', async () => {
    const frozen = link(() => new Promise(() => undefined));
    const decision = await chained([frozen, link(() => ACCEPTED)], 5)(credentials());
    expect(told(decision)).toBe('refused 0x88: it did not answer within 5 ms');
  });

  it('names the link that refused, for the log', async () => {
    const decision = await chained([link(() => REFUSED, 'jwt')])(credentials());
    expect(decision).toMatchObject({ refused: { link: 'jwt' } });
  });

  it('passes over links that know only enhanced authentication', async () => {
    expect(
      await decided(
        { name: 'scram', methods: new Map() },
        link(() => ACCEPTED),
      ),
    ).toBe('accepted x');
  });
});
