/** Owns that listeners are called later, in order, and that nothing they do harms anybody. */

import { expect, test } from 'vitest';
import { CALLS_WAITING_MAX, Dispatch } from '../../src/embedding/dispatch.ts';
import type { Note } from '../../src/hub/notes.ts';

function make() {
  const notes: Note[] = [];
  const done: string[] = [];
  let asked = 0;
  const dispatch = new Dispatch(
    (note) => notes.push(note),
    () => {
      asked += 1;
    },
  );
  return { dispatch, notes, done, asked: () => asked };
}

test('calls wait until the end of the turn, which is asked for once', () => {
  const { dispatch, done, asked } = make();
  dispatch.later(() => done.push('a'));
  dispatch.later(() => done.push('b'));
  expect([done, asked()]).toEqual([[], 1]);
  dispatch.run();
  expect(done).toEqual(['a', 'b']);
  dispatch.run();
  expect(done).toEqual(['a', 'b']);
});

test('what a call brings about waits for the next time', () => {
  const { dispatch, done, asked } = make();
  dispatch.later(() => {
    done.push('a');
    dispatch.later(() => done.push('b'));
  });
  dispatch.run();
  expect([done, asked()]).toEqual([['a'], 2]);
  dispatch.run();
  expect(done).toEqual(['a', 'b']);
});

test('one that throws is noted, and the others are called', () => {
  const { dispatch, notes, done } = make();
  const thrown: readonly unknown[] = [new Error('not mine'), undefined, Object.create(null)];
  for (const error of thrown) {
    dispatch.later(() => {
      throw error;
    });
  }
  dispatch.later(() => done.push('a'));
  dispatch.run();
  expect(done).toEqual(['a']);
  expect(notes.map(({ event, text }) => `${event}: ${text}`)).toEqual([
    'listener-failed: a listener has failed: Error: not mine',
    'listener-failed: a listener has failed: undefined',
    'listener-failed: a listener has failed: with what cannot be shown',
  ]);
});

test('one that is async and rejects is noted, and does not end the process', async () => {
  const { dispatch, notes } = make();
  dispatch.later(() => Promise.reject(new Error('later')));
  dispatch.run();
  await Promise.resolve();
  expect(notes).toEqual([{ event: 'listener-failed', text: 'a listener has failed: Error: later' }]);
});

test('how much waits is limited; what is lost is told once a turn', () => {
  const { dispatch, notes, done } = make();
  let made = 0;
  for (let i = 0; i < CALLS_WAITING_MAX + 5; i++) {
    dispatch.later(() => {
      made += 1;
    });
  }
  dispatch.run();
  expect(made).toBe(CALLS_WAITING_MAX);
  expect(notes.map(({ event, text }) => [event, text.match(/\d+/)?.[0]])).toEqual([['events-lost', '5']]);
  dispatch.later(() => done.push('again'));
  dispatch.run();
  expect([done, notes.length]).toEqual([['again'], 1]);
});
