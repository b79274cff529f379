/** Owns who is told of an event, until when, and that nothing is made where nobody listens. */

import { expect, test } from 'vitest';
import { Dispatch } from '../../src/embedding/dispatch.ts';
import { Listeners } from '../../src/embedding/listeners.ts';
import { silentSink } from '../../src/hub/events.ts';

function make() {
  const sink = silentSink();
  const dispatch = new Dispatch(
    () => undefined,
    () => undefined,
  );
  return { sink, dispatch, listeners: new Listeners(sink, dispatch), heard: [] as string[] };
}

test('the sink is empty until somebody listens, and again when nobody does', () => {
  const { sink, listeners } = make();
  expect(Object.values(sink).every((call) => call === undefined)).toBe(true);
  const ends = [1, 2].map(() => listeners.on('session-expired', () => undefined));
  expect(sink['session-expired']).toBeTypeOf('function');
  expect(sink.published).toBeUndefined();
  ends[0]?.();
  expect(sink['session-expired']).toBeTypeOf('function');
  ends[1]?.();
  expect(sink['session-expired']).toBeUndefined();
});

test('all who listen are told, in order, each until it ends', () => {
  const { sink, dispatch, listeners, heard } = make();
  const end = listeners.on('session-expired', ({ clientId }) => heard.push(`one ${clientId}`));
  listeners.on('session-expired', ({ clientId }) => heard.push(`two ${clientId}`));
  sink['session-expired']?.({ clientId: 'a' });
  dispatch.run();
  end();
  end();
  sink['session-expired']?.({ clientId: 'b' });
  dispatch.run();
  expect(heard).toEqual(['one a', 'two a', 'two b']);
});

test('the same function twice is called twice, and ended one by one', () => {
  const { sink, dispatch, listeners, heard } = make();
  const listener = () => heard.push('x');
  const end = listeners.on('session-expired', listener);
  listeners.on('session-expired', listener);
  sink['session-expired']?.({ clientId: '' });
  dispatch.run();
  end();
  sink['session-expired']?.({ clientId: '' });
  dispatch.run();
  expect(heard).toEqual(['x', 'x', 'x']);
});

test('who has ended is not told of what happened before', () => {
  const { sink, dispatch, listeners, heard } = make();
  const end = listeners.on('session-expired', () => heard.push('x'));
  sink['session-expired']?.({ clientId: '' });
  end();
  dispatch.run();
  expect(heard).toEqual([]);
});

test('an event that there is not, and a listener that is none, are wrong calls', () => {
  const { listeners } = make();
  for (const name of ['connected', 'toString', '__proto__']) {
    expect(() => listeners.on(name as 'published', () => undefined)).toThrow(
      `there is no event ${name}, expected one of client-connected, client-disconnected, connect-refused, subscribed, unsubscribed, published, dropped, session-expired`,
    );
  }
  expect(() => listeners.on('published', undefined as never)).toThrow(
    'the listener of published must be a function',
  );
});
