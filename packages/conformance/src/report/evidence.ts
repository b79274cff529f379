// What passed on the connections of a check, packet by packet and explained. Owns how pieces become packets again and
// how much is shown.

import { type ExplainedPacket, explain, type Side } from '@anax/protocol';
import { Frames } from '../wire/frames.ts';
import type { Passed, TranscriptRecord } from '../wire/transcript.ts';

/** Shown of one connection: so many steps at its beginning, and so many at its end. */
const FIRST_STEPS_MAX = 12;
const LAST_STEPS_MAX = 36;

export type Step =
  | { readonly kind: 'event'; readonly atMs: number; readonly text: string }
  | {
      readonly kind: 'packet';
      readonly atMs: number;
      readonly from: Side;
      readonly packet: ExplainedPacket;
      /** Part of a connection being made in order, with more behind it: rarely what a finding is about. */
      readonly ordinary: boolean;
    }
  | { readonly kind: 'left out'; readonly count: number };

export interface Evidence {
  readonly label: string;
  readonly protocol: string;
  readonly steps: readonly Step[];
  /** Bytes that the record of the connection has not got. */
  readonly leftOutBytes: number;
}

export function evidenceOf({ label, dialect, passed, leftOutBytes }: TranscriptRecord): Evidence {
  const bare = shortened(packetsOf(passed));
  const last = bare.findLastIndex(({ kind }) => kind === 'bytes');
  const steps = bare.map((one, index): Step => {
    if (one.kind !== 'bytes') return one;
    const { atMs, from, bytes } = one;
    const packet = explain(bytes, { dialect, sender: from });
    return { kind: 'packet', atMs, from, packet, ordinary: index !== last && isHandshake(packet) };
  });
  return { label, protocol: dialect.name, steps, leftOutBytes };
}

function isHandshake({ type, state, packet }: ExplainedPacket): boolean {
  if (state !== 'good') return false;
  return type === 'connect' || (packet?.type === 'connack' && packet.reasonCode === 0);
}

type Bare =
  | { readonly kind: 'bytes'; readonly atMs: number; readonly from: Side; readonly bytes: Uint8Array }
  | Exclude<Step, { readonly kind: 'packet' }>;

/** A packet that came in pieces is shown once; where something else passed between them, its beginning before that, too. */
function packetsOf(passed: readonly Passed[]): readonly Bare[] {
  const frames: Readonly<Record<Side, Frames>> = { client: new Frames(), server: new Frames() };
  const steps: Bare[] = [];
  for (const [index, { atMs, what }] of passed.entries()) {
    if ('event' in what) {
      steps.push({ kind: 'event', atMs, text: what.event });
      continue;
    }
    const [from, piece] =
      'sent' in what ? (['client', what.sent] as const) : (['server', what.seen] as const);
    const stream = frames[from];
    const whole = stream.push(piece);
    steps.push(...whole.map((bytes): Bare => ({ kind: 'bytes', atMs, from, bytes })));
    const next = passed[index + 1]?.what;
    const goesOn = next !== undefined && senderOf(next) === from;
    if (stream.rest.length > 0 && !goesOn) steps.push({ kind: 'bytes', atMs, from, bytes: stream.rest });
  }
  return steps;
}

function senderOf(what: Passed['what']): Side | undefined {
  if ('event' in what) return undefined;
  return 'sent' in what ? 'client' : 'server';
}

function shortened(steps: readonly Bare[]): readonly Bare[] {
  const count = steps.length - FIRST_STEPS_MAX - LAST_STEPS_MAX;
  if (count <= 1) return steps;
  return [...steps.slice(0, FIRST_STEPS_MAX), { kind: 'left out', count }, ...steps.slice(-LAST_STEPS_MAX)];
}
