/** Owns when files of certificates are taken up, and what is said about that and about their end. */

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Note } from '../../src/hub/notes.ts';
import type { Listener } from '../../src/listeners/listener.ts';
import { SecretsFault } from '../../src/listeners/secrets-fault.ts';
import { Certificates } from '../../src/reception/certificates.ts';

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), 'anax-certificates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, 'cert.pem');
const keyFile = join(folder, 'key.pem');

/** A listener whose files are taken up, or not good. */
function made(left = 1000 * DAY_MS) {
  const at = { now: 1_000_000_000 };
  const taken: string[] = [];
  const state = { problem: '' };
  const secrets = {
    files: [file, keyFile],
    ends: [{ file, validUntil: at.now + left }],
    read: () => {
      if (state.problem !== '') throw new SecretsFault(state.problem);
      return () => taken.push('reload');
    },
  };
  const listener = { name: 'outside', secrets } as unknown as Listener;
  const plain = { name: 'inside' } as unknown as Listener;
  const notes: Note[] = [];
  const more: Listener[] = [];
  const certificates = new Certificates(
    () => [plain, listener, ...more],
    (note) => notes.push(note),
    () => at.now,
  );
  certificates.start();
  certificates.stop();
  return { certificates, taken, notes, state, at, more, listener };
}

beforeEach(() => {
  writeFileSync(file, 'one');
  writeFileSync(keyFile, 'key');
});

describe('files', () => {
  test('that stay are left alone', () => {
    const { certificates, taken, notes } = made();
    for (let i = 0; i < 5; i++) certificates.look();
    expect([taken, notes]).toEqual([[], []]);
  });

  test('that change are taken up once they have settled, and once', () => {
    const { certificates, taken, notes } = made();
    writeFileSync(file, 'two!');
    certificates.look();
    writeFileSync(keyFile, 'another');
    certificates.look();
    expect(taken).toEqual([]);
    certificates.look();
    certificates.look();
    expect(taken).toEqual(['reload']);
    expect(notes).toEqual([
      { event: 'certificates-changed', text: 'who connects now gets the new ones', listener: 'outside' },
    ]);
  });

  test('that are replaced by others of the same size are seen, and those that go', () => {
    const { certificates, taken } = made();
    writeFileSync(join(folder, 'new'), 'eno');
    renameSync(join(folder, 'new'), file);
    certificates.look();
    certificates.look();
    expect(taken).toEqual(['reload']);
    rmSync(file);
    certificates.look();
    certificates.look();
    expect(taken).toHaveLength(2);
  });

  test('that are not good are said once, and taken up when they are', () => {
    const { certificates, taken, notes, state } = made();
    state.problem = `${file}: expected a certificate`;
    writeFileSync(file, 'broken');
    for (let i = 0; i < 5; i++) certificates.look();
    expect(notes).toEqual([
      { event: 'certificates-kept', text: `those before stay: ${state.problem}`, listener: 'outside' },
    ]);
    state.problem = '';
    writeFileSync(file, 'mended');
    for (let i = 0; i < 5; i++) certificates.look();
    expect(taken).toEqual(['reload']);
  });

  test('are read all or none where that is asked, and taken up afterwards', () => {
    const { certificates, taken, state, listener } = made();
    const takeUp = certificates.read([listener, listener]);
    expect(taken).toEqual([]);
    takeUp();
    expect(taken).toEqual(['reload', 'reload']);
    state.problem = 'bad';
    expect(() => certificates.read([listener])).toThrow('bad');
  });

  test('of a listener that was opened meanwhile are known', () => {
    const { certificates, taken, more, listener } = made();
    more.push({ ...listener } as Listener);
    for (let i = 0; i < 3; i++) certificates.look();
    expect(taken).toEqual([]);
    writeFileSync(file, 'changed');
    for (let i = 0; i < 3; i++) certificates.look();
    expect(taken).toHaveLength(2);
  });
});

describe('the end of a certificate', () => {
  const days = (notes: readonly Note[]): readonly string[] =>
    notes
      .filter(({ event }) => event === 'certificate-ends')
      .map(({ text }) => text.replace(`${file}: `, ''));

  test.each([
    [31, []],
    [30, ['a certificate in it ends in 30 days']],
    [12, ['a certificate in it ends in 12 days']],
    [1, ['a certificate in it ends in 1 day']],
    [-3, ['a certificate in it has ended: whoever checks it does not connect']],
  ])('is said at the start when it is near: in %i days', (left, expected) => {
    expect(days(made(left * DAY_MS).notes)).toEqual(expected);
  });

  test('is said 30, 7 and 1 days before while it runs, and every day after it', () => {
    const { certificates, notes, at } = made(33 * DAY_MS);
    for (let hour = 0; hour < 35 * 24; hour++) {
      at.now += DAY_MS / 24;
      certificates.look();
    }
    expect(days(notes)).toEqual([
      'a certificate in it ends in 30 days',
      'a certificate in it ends in 7 days',
      'a certificate in it ends in 1 day',
      'a certificate in it has ended: whoever checks it does not connect',
      'a certificate in it has ended: whoever checks it does not connect',
      'a certificate in it has ended: whoever checks it does not connect',
    ]);
  });
});
