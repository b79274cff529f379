// mosquitto_pub and mosquitto_sub as foreign clients: each call is a process with a connection of its own.

import { Child, type Ended } from './children.ts';
import { program } from './programs.ts';
import type { Queue } from './queue.ts';

export const MOSQUITTO_VERSIONS = [
  { version: '3.1', flag: 'mqttv31' },
  { version: '3.1.1', flag: 'mqttv311' },
  { version: '5.0', flag: 'mqttv5' },
] as const;
export type MosquittoFlag = (typeof MOSQUITTO_VERSIONS)[number]['flag'];

interface Where {
  readonly port: number;
  readonly flag: MosquittoFlag;
}

function base({ port, flag }: Where): readonly string[] {
  return ['-h', '127.0.0.1', '-p', `${port}`, '-V', flag];
}

/** Publishes and ends: code 0 where the broker took it. */
export function mosquittoPub(where: Where, args: readonly string[], payload?: Buffer): Promise<Ended> {
  const child = new Child(program('mosquitto_pub'), [
    ...base(where),
    ...args,
    ...(payload === undefined ? [] : ['-s']),
  ]);
  if (payload !== undefined) child.write(payload);
  child.closeInput();
  return child.ended;
}

/** One line a message, of what the words of `-F` in FORMAT stand for. */
export interface Line {
  readonly topic: string;
  readonly qos: number;
  readonly retain: number;
  /** In hex. */
  readonly payload: string;
}

const FORMAT = '%t|%q|%r|%x';

export interface Subscribed {
  readonly child: Child;
  /** What it prints between two messages is left out. */
  next(): Promise<Line>;
}

/** Resolves when the subscription is confirmed, with the granted QoS as it prints it. */
export async function mosquittoSub(where: Where, args: readonly string[]): Promise<Subscribed> {
  const child = await mosquittoSubAs(where, FORMAT, args);
  return { child, next: () => nextLine(child.lines) };
}

/** The same, with a format of one's own. */
export async function mosquittoSubAs(where: Where, format: string, args: readonly string[]): Promise<Child> {
  // Into a pipe it would print nothing before the first message; stdbuf becomes the program that it starts.
  const command = ['-oL', program('mosquitto_sub'), ...base(where), '-d', '-F', format, ...args];
  const child = new Child(program('stdbuf'), command);
  await child.line(/^Subscribed /);
  return child;
}

async function nextLine(lines: Queue<string>): Promise<Line> {
  for (;;) {
    const fields = (await lines.next()).split('|');
    const [topic, qos, retain, payload] = fields;
    if (topic === undefined || payload === undefined || fields.length !== 4) continue;
    return { topic, qos: Number(qos), retain: Number(retain), payload };
  }
}
