/** Owns `anax watch` as a verb: what the terminal gets, also in the end, what keys and signals do, and `--once`. */

import { once } from 'node:events';
import { connect as connectTo } from 'node:net';
import { connect } from '@anax/client';
import { describe, expect, it } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { watchCommand } from '../src/watch.ts';
import { ENTER, LEAVE } from '../src/watching/screen.ts';
import type { Clock } from '../src/world/edges.ts';
import {
  broker,
  connack,
  cutting,
  type Running,
  run,
  scripted,
  server,
  start,
  type World,
} from './support.ts';

interface Terminal extends World {
  /** As somebody types. */
  readonly type: (keys: string) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** What the terminal gets however the process ends. */
  readonly atEnd: Set<string>;
  readonly raw: () => boolean;
}

function terminal(more: World = {}): Terminal {
  let pressed: ((keys: string) => void) | undefined;
  let size = { columns: 100, rows: 10 };
  const changed = new Set<() => void>();
  const atEnd = new Set<string>();
  return {
    terminal: true,
    keyboard: (listener) => {
      pressed = listener;
      return () => {
        pressed = undefined;
      };
    },
    window: {
      size: () => size,
      onChange: (listener) => {
        changed.add(listener);
        return () => changed.delete(listener);
      },
      atEnd: (text) => {
        atEnd.add(text);
        return () => atEnd.delete(text);
      },
    },
    type: (keys) => pressed?.(keys),
    resize: (columns, rows) => {
      size = { columns, rows };
      for (const listener of changed) listener();
    },
    atEnd,
    raw: () => pressed !== undefined,
    ...more,
  };
}

/** Ends with a key; the terminal is then as it was. */
async function quit(running: Running, screen: Terminal, key = 'q'): Promise<string> {
  screen.type(key);
  const { code, out } = await running.outcome;
  expect([code, out.endsWith(LEAVE), screen.raw(), screen.atEnd.size]).toEqual([0, true, false, 0]);
  return out;
}

describe('on a terminal', () => {
  it('shows topics as they come, does what keys say, and leaves the terminal as it was', async () => {
    const address = await broker();
    const screen = terminal();
    const running = start(watchCommand, [...address, '-t', '#'], screen);
    await running.shows('0 topics');
    expect(screen.raw()).toBe(true);
    expect([...screen.atEnd]).toEqual([LEAVE]);
    await run(pubCommand, [...address, '-t', 'home/kitchen', '-q', '1', '-m', 'hot\u001b[2J']);
    await running.shows('hot\\u{1b}[2J');
    await run(pubCommand, [...address, '-t', 'yard', '-q', '2', '-r', '-m', 'dark']);
    await running.shows('2 R');
    screen.type(' ');
    await running.shows('(1 topic)');
    screen.type('/yard');
    await running.shows('/yard█');
    const out = await quit(running, screen, '\u0003');
    expect(out.startsWith(ENTER)).toBe(true);
    expect((await running.outcome).error).toMatch(/^anax watch: 2 messages on 2 topics in \d+\.\d s\n$/);
  });

  it('stands still while it is paused, and has counted all afterwards', async () => {
    const address = await broker();
    const screen = terminal();
    const running = start(watchCommand, [...address], screen);
    await run(pubCommand, [...address, '-t', 'a', '-q', '1', '-m', 'before']);
    await running.shows('before');
    screen.type('p');
    await running.shows('paused, 0 since');
    await run(pubCommand, [...address, '-t', 'b', '-q', '1', '-m', 'meanwhile']);
    await running.shows('paused, 1 since');
    screen.type('p');
    await running.shows('meanwhile');
    const out = await quit(running, screen);
    expect(out.indexOf('meanwhile')).toBeGreaterThan(out.indexOf('paused, 1 since'));
  });

  it('is drawn anew in another size', async () => {
    const screen = terminal();
    const running = start(watchCommand, [...(await broker())], screen);
    await running.shows('\u001b[10;1H');
    screen.resize(60, 20);
    await running.shows('\u001b[20;1H');
    await quit(running, screen);
  });

  it('ends with a signal as with a key', async () => {
    const screen = terminal();
    const running = start(watchCommand, [...(await broker())], screen);
    await running.shows('0 topics');
    running.stop();
    const { out, code, error } = await running.outcome;
    expect([code, out.endsWith(LEAVE), screen.raw(), screen.atEnd.size]).toEqual([0, true, false, 0]);
    expect(error).toContain('0 messages on 0 topics');
  });

  it('says that the connection is lost, and goes on where it is made again', async () => {
    const address = await broker();
    const screen = terminal();
    const through = await cutting(address, [60]);
    const running = start(watchCommand, [...through, '-i', 'w'], screen);
    await running.shows('0 topics');
    // Acknowledgements go through until there were too many.
    for (let i = 0; i < 20; i++) await run(pubCommand, [...address, '-t', `t/${i}`, '-q', '1', '-m', 'x']);
    await running.shows('reconnecting (attempt 1)');
    await running.shows(`\u001b[2;1H`);
    await run(pubCommand, [...address, '-t', 'again', '-q', '1', '-r', '-m', 'there']);
    await running.shows('there');
    await quit(running, screen);
  });

  it('ends where the broker ends it for good, tells why behind the screen, exit code 1', async () => {
    const address = await broker();
    const screen = terminal();
    const running = start(watchCommand, [...address, '-i', 'same'], screen);
    await running.shows('0 topics');
    await run(pubCommand, [...address, '-t', 't', '-n', '-i', 'same']);
    const { out, code, error } = await running.outcome;
    expect([code, out.endsWith(LEAVE), screen.raw(), screen.atEnd.size]).toEqual([1, true, false, 0]);
    expect(error).toContain('another client with the same client identifier');
  });

  it('is drawn ten times a second at most, however many messages come', async () => {
    const address = await broker();
    const [, , , port] = address;
    let draws = 0;
    let now = 0;
    // Time passes only in waits.
    const clock: Clock = {
      now: () => now,
      wait: async (ms, signal) => {
        if (!signal.aborted) now += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const shown = new Map<string, () => void>();
    const drawn = (text: string): Promise<void> => new Promise((resolve) => shown.set(text, resolve));
    const screen = terminal({
      clock,
      write: (output) => {
        if (String(output).includes('\u001b[1;1H')) draws += 1;
        for (const [text, resolve] of shown) if (String(output).includes(text)) resolve();
      },
    });
    const begun = drawn('0 topics');
    const ended = drawn('the last one');
    const running = start(watchCommand, [...address, '-q', '0'], screen);
    await begun;
    await using client = await connect(`mqtt://127.0.0.1:${port}`);
    for (let i = 0; i < 2000; i++) await client.publish(`t/${i % 50}`, String(i));
    await client.publish('a', 'the last one', { qos: 1 });
    await ended;
    running.stop();
    await running.outcome;
    expect(draws).toBeGreaterThan(1);
    expect(draws).toBeLessThanOrEqual(now / 100 + 1);
  });
});

describe('--once', () => {
  const looking = async (args: readonly string[]): Promise<string> => {
    const address = await broker();
    await run(pubCommand, [...address, '-t', 'a/b', '-q', '1', '-r', '-m', '{"x": 1}']);
    await run(pubCommand, [...address, '-t', 'a', '-q', '1', '-r', '--format', 'hex', '-m', '00ff']);
    const { code, out, error } = await run(watchCommand, [
      ...address,
      '-t',
      'a/#',
      '--once',
      '--for',
      '0.3s',
      ...args,
    ]);
    expect([code, error]).toEqual([
      0,
      expect.stringMatching(/^anax watch: 2 messages on 2 topics in 0\.\d s\n$/),
    ]);
    return out;
  };

  it('prints the tree', async () => {
    expect(await looking([])).toMatch(/^a +2 .*1 R {2}00 ff\n {2}b +1 .*1 R {2}\{"x": 1\}\n$/);
  });

  it('prints a line of JSON for each topic', async () => {
    const lines = (await looking(['--json', '--format', 'json'])).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { topic: 'a', payloadHex: '00ff', messages: 1, qos: 1, retain: true },
      { topic: 'a/b', payloadJson: { x: 1 } },
    ]);
  });

  it('has exit code 1 where the connection cannot be made', async () => {
    const { code } = await run(watchCommand, [...(await refused()), '--once']);
    expect(code).toBe(1);
  });
});

/** An address where nobody listens. */
async function refused(): Promise<readonly string[]> {
  const address = await server(() => {});
  const [, , , port] = address;
  const socket = connectTo(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const { localPort } = socket;
  socket.destroy();
  return ['-h', '127.0.0.1', '-p', String(localPort)];
}

describe('a wrong call has exit code 2 and says what is wrong', () => {
  it.each<[string, readonly string[], World, string]>([
    ['no terminal', [], {}, 'standard output is no terminal to draw on: --once prints the tree once'],
    ['--json without --once', ['--json'], terminal(), '--json, --for and --explain are for --once'],
    ['--json of bytes', ['--once', '--json', '--format', 'raw'], {}, '--json has no --format raw'],
    ['a filter that is none', ['-t', 'a#'], terminal(), '--topic "a#"'],
    ['no topics', ['--topics-max', '0'], terminal(), 'It is a whole number of'],
  ])('%s', async (_what, args, world, message) => {
    const { code, out, error } = await run(watchCommand, args, world);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message.replace(' of', ''));
  });
});

describe('what the broker does not grant', () => {
  it('has exit code 1 where it is every filter', async () => {
    const address = await scripted(connack(), {
      type: 'suback',
      packetId: 1,
      reasonCodes: [0x87],
      properties: {},
    });
    const screen = terminal();
    const { code, out, error } = await run(watchCommand, [...address], screen);
    expect([code, out]).toEqual([1, '']);
    expect(error).toContain('the broker refused "#": 0x87 Not authorized');
  });
});
