/** Owns the server's side of SCRAM: the vectors of the standard, what is refused, and that strangers cannot be told from users. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Exchange, ExchangeStep } from '../../src/access/access.ts';
import { makeScram } from '../../src/access/scram/credential.ts';
import { scramLink } from '../../src/access/scram/link.ts';
import { credentials } from './credentials.ts';

/** [RFC 7677 3] */
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
const CLIENT_FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const NONCE = `rOprNGfwEbeRWgbNEkqO${SERVER_NONCE}`;
const SERVER_FIRST = `r=${NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;
const PROOF = 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';
const CLIENT_FINAL = `c=biws,r=${NONCE},p=${PROOF}`;
const SERVER_FINAL = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=';

function linkOf(text: string) {
  const file = join(mkdtempSync(join(tmpdir(), 'anax-scram-')), 'users');
  writeFileSync(file, text, { mode: 0o600 });
  return scramLink(
    { file },
    () => undefined,
    () => SERVER_NONCE,
  );
}

const PENCIL = await makeScram('pencil', 'SCRAM-SHA-256', 4096, SALT);

function begun(text = `user:${PENCIL}\n`, mechanism = 'SCRAM-SHA-256'): Exchange {
  const factory = linkOf(text).methods?.get(mechanism);
  if (factory === undefined) throw new Error(`there is no ${mechanism}`);
  return factory(credentials());
}

function said(step: ExchangeStep | Promise<ExchangeStep>): string {
  if (step instanceof Promise) throw new Error('it takes its time');
  if ('continue' in step) return Buffer.from(step.continue).toString();
  if ('accepted' in step) return `${step.accepted.userName} ${Buffer.from(step.data ?? []).toString()}`;
  return `refused: ${step.refused.why}`;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function exchange(first: string, final: string, text?: string): string {
  const one = begun(text);
  const challenge = said(one.step(bytes(first)));
  return challenge.startsWith('refused') ? challenge : said(one.step(bytes(final)));
}

describe('SCRAM', () => {
  it('is what RFC 7677 says, byte by byte', () => {
    const one = begun();
    expect(said(one.step(bytes(CLIENT_FIRST)))).toBe(SERVER_FIRST);
    expect(said(one.step(bytes(CLIENT_FINAL)))).toBe(`user ${SERVER_FINAL}`);
  });

  it('is for those mechanisms that a user has a credential of', async () => {
    const text = `a:${PENCIL}\nb:${await makeScram('x', 'SCRAM-SHA-512', 4096)}\n`;
    expect([...(linkOf(text).methods ?? new Map()).keys()]).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-512']);
  });

  it('speaks for its users as long as their passwords are the same', async () => {
    const one = begun();
    one.step(bytes(CLIENT_FIRST));
    const step = await one.step(bytes(CLIENT_FINAL));
    const voucher = ('accepted' in step && step.accepted.voucher) || '';
    const peer = credentials();
    expect(linkOf(`user:${PENCIL}\n`).vouches?.(voucher, peer)).toBe(true);
    expect(linkOf(`user:${await makeScram('other', 'SCRAM-SHA-256', 4096)}\n`).vouches?.(voucher, peer)).toBe(
      false,
    );
  });

  it.each<[string, string]>([
    ['y,,n=user,r=x', 'a client that would bind to a channel if it could'],
    ['n,a=user,n=user,r=x', 'a client that says twice who it is'],
  ])('takes %s: %s', (first) => {
    expect(said(begun().step(bytes(first)))).toMatch(/^r=x/);
  });

  it('has c= repeat the header that there was', () => {
    const first = CLIENT_FIRST.replace('n,,', 'y,,');
    expect(exchange(first, CLIENT_FINAL)).toBe('refused: c= does not repeat the header');
    // The proof is over other bytes, so it is wrong, but the header is right.
    expect(exchange(first, CLIENT_FINAL.replace('biws', 'eSws'))).toBe('refused: the proof is wrong');
  });

  it('knows names with commas and equals signs', async () => {
    const text = `a,b=c:${PENCIL}\n`;
    const one = begun(text);
    expect(said(one.step(bytes('n,,n=a=2Cb=3Dc,r=x')))).toMatch(/i=4096$/);
    expect(linkOf(text).methods?.size).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['channel binding', 'p=tls-unique,,n=user,r=x'],
    ['somebody acting for another', 'n,a=admin,n=user,r=x'],
    ['an extension that must be understood', 'n,,m=x,n=user,r=x'],
    ['no name', 'n,,n=,r=x'],
    ['a name with a bad escape', 'n,,n=a=2Gb,r=x'],
    ['a NUL', 'n,,n=a\0b,r=x'],
    ['no nonce', 'n,,n=user,r='],
    ['a nonce with a blank', 'n,,n=user,r=a b'],
    ['far too much', `n,,n=user,r=${'x'.repeat(3000)}`],
  ])('refuses a first message with %s', (_, first) => {
    expect(exchange(first, CLIENT_FINAL)).toMatch(/^refused: the client's first message is not of SCRAM/);
  });

  it('refuses first data that is not there or no text', () => {
    expect(said(begun().step(undefined))).toMatch(/^refused/);
    expect(said(begun().step(Uint8Array.of(0xff, 0xfe)))).toMatch(/^refused/);
  });

  it.each([
    ['nothing', '', "the client's final message is not of SCRAM"],
    ['no proof', `c=biws,r=${NONCE}`, "the client's final message is not of SCRAM"],
    ['a proof that is no Base64', `c=biws,r=${NONCE},p=%%`, "the client's final message is not of SCRAM"],
    ['a short proof', `c=biws,r=${NONCE},p=AAAA`, 'the proof is wrong'],
    ['the proof of another', CLIENT_FINAL.replace('dHzb', 'AAAA'), 'the proof is wrong'],
    ['the nonce of the client alone', CLIENT_FINAL.replace(SERVER_NONCE, ''), 'the nonce is not the one'],
    ['another nonce', CLIENT_FINAL.replace(NONCE, `${NONCE}x`), 'the nonce is not the one'],
  ])('refuses a final message with %s', (_, final, why) => {
    expect(exchange(CLIENT_FIRST, final)).toContain(`refused: ${why}`);
  });

  it('takes one proof and no second', () => {
    const one = begun();
    one.step(bytes(CLIENT_FIRST));
    expect(said(one.step(bytes('wrong')))).toMatch(/^refused/);
    expect(said(one.step(bytes(CLIENT_FINAL)))).toBe('refused: the exchange is over');
  });

  it('answers a stranger like a user: the same form, the same salt each time, also after a restart', () => {
    const challenge = (name: string): string => said(begun().step(bytes(`n,,n=${name},r=x`)));
    const [known, stranger] = [challenge('user'), challenge('stranger')];
    const form = (text: string): string => text.replace(/s=[^,]+/, 's=').replace(/[A-Za-z]/g, 'a');
    expect(form(stranger)).toBe(form(known));
    const saltOf = (text: string): number => Buffer.from(/s=([^,]+)/.exec(text)?.[1] ?? '', 'base64').length;
    expect(saltOf(stranger)).toBe(saltOf(known));
    expect(challenge('stranger')).toBe(stranger);
    expect(challenge('stranger2')).not.toBe(stranger);
  });

  it('refuses a stranger in the same words', async () => {
    const outcome = async (name: string) => {
      const one = begun();
      one.step(bytes(`n,,n=${name},r=rOprNGfwEbeRWgbNEkqO`));
      const step = await one.step(bytes(CLIENT_FINAL.replace('dHzb', 'AAAA')));
      return 'refused' in step ? [step.refused.reasonCode, step.refused.text] : 'let in';
    };
    expect(await outcome('stranger')).toEqual(await outcome('user'));
  });

  it('is not loaded without a credential', () => {
    expect(() => linkOf('# nobody\n')).toThrow('no user in it has a credential of SCRAM');
  });
});
