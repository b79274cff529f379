// Files of recordings for the tests of `record` and `replay`.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const HEADER =
  '{"format":"anax-recording","version":1,"startedAt":"2026-01-01T00:00:00.000Z","filters":["#"]}';

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'anax-record-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A file with a header and these lines. */
export async function recordingOf(...lines: readonly (string | object)[]): Promise<string> {
  const path = join(await folder(), 'r.ndjson');
  const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  await writeFile(path, [HEADER, ...texts, ''].join('\n'));
  return path;
}

export const message = (offsetMs: number, topic: string, more: object = {}): object => ({
  offsetMs,
  topic,
  qos: 1,
  retain: false,
  payload: String(offsetMs),
  ...more,
});
