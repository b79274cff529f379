// Plays a script: what is the same whoever the client is. What differs is a `Player`.

import { MqttError } from '@anax/protocol';
import { expect } from 'vitest';
import type { Outcome } from '../../src/index.ts';
import { type Act, fits, type Refusal, type Script, type Step } from './script.ts';

export type End = Extract<Step, { readonly ends: string }>;

export interface Player {
  /** The stream is open; CONNECT is on its way. */
  begin(script: Script): Promise<void>;
  send(text: string): Promise<void>;
  /** Takes what the client sent up to now; at least as many bytes as `like` has. */
  sent(like: string): Promise<string>;
  /** What the client has sent and nobody has taken. */
  rest(): Promise<string>;
  /** Takes a whole CONNECT. */
  connect(): Promise<string>;
  /** Loses the connection, and waits until another one is open. */
  cut(): Promise<void>;
  /** @throws what the client refuses. */
  act(act: Act): Promise<void>;
  got(like: readonly string[]): Promise<readonly string[]>;
  /** @param wanted whether it is to have an outcome by now. */
  outcome(ticket: number, wanted: boolean): Promise<Outcome | undefined>;
  pass(ms: number): Promise<void>;
  /** Waits for the end of the connection, as the client tells it, and until this end has seen it close. */
  ended(): Promise<{
    readonly code: string;
    readonly reasonCode?: number | undefined;
    readonly error?: unknown;
  }>;
  /** Whatever happened. */
  clear(): Promise<void>;
}

export async function play(script: Script, player: Player): Promise<void> {
  try {
    await player.begin(script);
    await beginning(script, player);
    let over = false;
    for (const [index, step] of script.steps.entries()) {
      over = typeof step === 'object' && 'ends' in step;
      await stepOf(step, script.steps[index + 1], player);
    }
    if (over) {
      expect(await player.rest(), 'nothing more is sent').toBe('');
      return;
    }
    await player.act({ disconnect: {} });
    expect(await player.sent('e0 00'), 'nothing but DISCONNECT is sent after the last step').toBe('e0 00');
    expect((await player.ended()).code).toBe('disconnected');
  } finally {
    await player.clear();
  }
}

async function beginning({ connect, connack, options }: Script, player: Player): Promise<void> {
  const sent = await player.connect();
  if (connect !== undefined) expect(sent).toBe(connect);
  if (connack === null) return;
  await player.send(connack ?? ((options?.dialect ?? '5.0') === '5.0' ? '20 03 00 00 00' : '20 02 00 00'));
}

async function stepOf(step: Step, next: Step | undefined, player: Player): Promise<void> {
  if (typeof step === 'string') return stringStep(step, next, player);
  if ('got' in step) {
    expect(await player.got(step.got)).toEqual(step.got);
  } else if ('settled' in step) {
    expect(told(await player.outcome(step.settled, step.as !== null))).toEqual(step.as);
  } else if ('pass' in step) {
    await player.pass(step.pass);
  } else if ('ends' in step) {
    const { code, reasonCode, error } = await player.ended();
    expect(code).toBe(step.ends);
    if (step.reasonCode !== undefined) expect(reasonCode).toBe(step.reasonCode);
    if (step.clause !== undefined) expect((error as MqttError).clause).toContain(step.clause);
  } else {
    await actStep(step, player);
  }
}

async function stringStep(step: string, next: Step | undefined, player: Player): Promise<void> {
  if (step === 'cut') {
    await player.cut();
    const named = typeof next === 'string' && next.startsWith('C 10');
    if (!named) await player.connect();
  } else if (step.startsWith('S ')) {
    await player.send(step.slice(2));
  } else {
    const expected = step.slice(2).replaceAll(' |', '');
    expect(await player.sent(expected)).toBe(expected);
  }
}

async function actStep(act: Act, player: Player): Promise<void> {
  const thrown = await player.act(act).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (act.refused === undefined) {
    if (thrown !== undefined) throw thrown;
    return;
  }
  refuse(thrown, act.refused);
}

function refuse(thrown: unknown, refusal: Refusal): void {
  if (fits(thrown, refusal)) return;
  const told = thrown instanceof MqttError ? `${thrown.code} ${thrown.clause}` : String(thrown);
  expect(told, 'the call is refused').toBe(refusal.join(' '));
}

/** A reason code, several for a request with filters, or the word of an error. */
function told(outcome: Outcome | undefined): number | string | readonly number[] | null {
  if (outcome === undefined) return null;
  if (outcome.type === 'published') return outcome.result.reasonCode;
  if (outcome.type === 'authenticated') return outcome.result.reasonCode;
  if (outcome.type === 'filters') return outcome.result.filters.map(({ reasonCode }) => reasonCode);
  return outcome.error.code;
}
