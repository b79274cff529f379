// `anax bench` and `anax simulate` as people call them: the built command, several processes against a broker of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const anax = join(root, 'packages/cli/bin/anax.js');

interface Child {
  readonly process: ChildProcess;
  readonly out: () => string;
  readonly error: () => string;
  readonly code: Promise<number | null>;
}

function start(args: readonly string[], cwd = root): Child {
  const child = spawn(process.execPath, [anax, ...args], { stdio: ['ignore', 'pipe', 'pipe'], cwd });
  let [out, error] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    error += text;
  });
  const code = once(child, 'close').then(([status]) => status as number | null);
  return { process: child, out: () => out, error: () => error, code };
}

async function run(
  args: readonly string[],
  cwd = root,
): Promise<{ out: string; error: string; code: number | null }> {
  const child = start(args, cwd);
  const code = await child.code;
  return { out: child.out(), error: child.error(), code };
}

let broker: Child;
let address: readonly string[] = [];
beforeAll(async () => {
  broker = start(['broker', '--port', '0', '--memory', '--log-level', 'silent']);
  await vi.waitFor(() => expect(broker.out() + broker.error()).toMatch(/127\.0\.0\.1:\d+/), 20_000);
  const [, port = ''] = /127\.0\.0\.1:(\d+)/.exec(broker.out() + broker.error()) ?? [];
  address = ['-h', '127.0.0.1', '-p', port];
});
afterAll(async () => {
  broker.process.kill('SIGINT');
  await broker.code;
});

describe('cli - anax bench', () => {
  test('pub and sub are two processes that agree on what was sent, and on the time', async () => {
    const sub = start(['bench', 'sub', ...address, '-q', '1', '--once', '--json', '--every', '0.05s']);
    await expect.poll(sub.error, { timeout: 20_000 }).toContain('0 received');
    const pub = await run([
      'bench',
      'pub',
      ...address,
      '-n',
      '4',
      '-q',
      '1',
      '--count',
      '2000',
      '--json',
      '--quiet',
    ]);
    expect([pub.code, pub.error]).toEqual([0, '']);
    expect(JSON.parse(pub.out)).toMatchObject({ published: { sent: 2000, acknowledged: 2000 }, ok: true });
    expect(await sub.code).toBe(0);
    const { sequence, received, seconds } = JSON.parse(sub.out());
    expect(sequence).toMatchObject({
      received: 2000,
      lost: 0,
      duplicated: 0,
      reordered: 0,
      streams: 4,
      unended: 0,
    });
    expect([received.early, received.latencyUs.count]).toEqual([0, 2000]);
    expect(received.latencyUs.max).toBeLessThan(seconds * 1_000_000);
  });

  test('rtt ends with Ctrl-C and a summary', async () => {
    const rtt = start(['bench', 'rtt', ...address, '--for', '1h', '--every', '0.05s']);
    await expect.poll(rtt.error, { timeout: 20_000 }).toMatch(/[1-9]\d* round trips/);
    rtt.process.kill('SIGINT');
    expect(await rtt.code).toBe(0);
    expect(rtt.out()).toMatch(/^latency +p50 .* max .*$/m);
    expect(rtt.out()).toMatch(/^sequence +0 lost, 0 duplicated, 0 reordered, in 1 stream$/m);
  });

  test('conn opens hundreds at once without a warning', async () => {
    const { out, error, code } = await run(['bench', 'conn', ...address, '-n', '200', '--quiet']);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^clients +200 of 200 connected/);
  });

  test.each([['conn'], ['pub'], ['sub'], ['rtt']])(
    'ends with 2 for an option that does not exist: %s',
    async (...verb) => {
      const { code, error } = await run(['bench', ...verb, '--no-such-option']);
      expect([code, error.includes("unknown option '--no-such-option'")]).toEqual([2, true]);
    },
  );
});

/** A folder with these files, where packages of this repository are found as if they were installed. */
function folder(files: Readonly<Record<string, string>>): string {
  const made = mkdtempSync(join(tmpdir(), 'anax-e2e-'));
  symlinkSync(join(root, 'node_modules'), join(made, 'node_modules'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

const simulate = (file: string, text: string, others = {}): ReturnType<typeof run> =>
  run(['simulate', ...address, '--quiet', '--scenario', file, '--json'], folder({ [file]: text, ...others }));

describe('cli - anax simulate', () => {
  test('runs a scenario in TypeScript, with what it imports', async () => {
    const scenario = `
      import { type Device, scenario } from 'anax/scenario';
      import { topicOf } from './topics.ts';
      interface Reading { readonly level: number }
      export default scenario({
        devices: 3,
        async run(device: Device) {
          const reading: Reading = { level: device.random.whole(1, 9) };
          await device.publish(topicOf(device), { ...reading }, { qos: 1 });
        },
      });`;
    const topics = `
      import type { Device } from 'anax/scenario';
      export const topicOf = ({ id }: Device): string => 'devices/' + id;`;
    const { code, out } = await simulate('fleet.ts', scenario, { 'topics.ts': topics });
    expect([code, JSON.parse(out).published]).toEqual([0, 3]);
  });

  test('runs one in JavaScript, beside which nothing is installed', async () => {
    const made = mkdtempSync(join(tmpdir(), 'anax-e2e-'));
    const text = `import { scenario } from 'anax/scenario';
      export default scenario({ run: (device) => device.publish('a', 'b') });`;
    writeFileSync(join(made, 's.mjs'), text);
    const { code, out } = await run(['simulate', ...address, '--scenario', 's.mjs'], made);
    expect([code, out.includes('published   1\n')]).toEqual([0, true]);
  });

  test.each([
    [
      'throws.mjs',
      'export default {\n  run(device) {\n    device.nothing();\n  },\n};\n',
      'throws.mjs:3:12: TypeError',
    ],
    [
      'late.mjs',
      'export default {\n  async run(device) {\n    await device.wait(5);\n    throw new Error("x");\n  },\n};\n',
      'late.mjs:4:11: Error: x',
    ],
    [
      'topic.mjs',
      'export default {\n  async run(device) {\n    await device.publish("a/#", "");\n  },\n};\n',
      'topic.mjs:3:18: MqttError',
    ],
    [
      'stray.mjs',
      'export default {\n  run(device) {\n    device.publish("a/#", "");\n    return device.wait(300);\n  },\n};\n',
      'stray.mjs:3:12: MqttError',
    ],
    [
      'types.ts',
      'interface A { n: number }\n\nexport default {\n  run(device: { id: A }) {\n    throw new Error("x");\n  },\n};\n',
      'types.ts:5:11: Error: x',
    ],
  ])('names file and line of what a scenario throws: %s, exit code 1', async (file, text, said) => {
    const { code, error } = await simulate(file, text);
    expect(error).toContain(said);
    expect(code).toBe(1);
  });

  test.each([
    [
      'syntax.mjs',
      'export default {\n  run(device) {\n    const a = ;\n  },\n};\n',
      'anax simulate: syntax.mjs:3: SyntaxError',
    ],
    [
      'syntax.ts',
      'export default {\n  run(device: any) {\n    const a: = 1;\n  },\n};\n',
      'anax simulate: syntax.ts:3:',
    ],
    ['import.mjs', '\nthrow new Error("at once");\n', 'anax simulate: import.mjs:2:7: Error: at once'],
    ['none.mjs', 'export const run = 1;\n', 'anax simulate: none.mjs has no `export default`'],
  ])('names what is wrong with a file: %s, exit code 2', async (file, text, said) => {
    const { code, error } = await simulate(file, text);
    expect(error).toContain(said);
    expect(code).toBe(2);
  });

  test('ends with Ctrl-C and a summary', async () => {
    const fleet = start(['simulate', ...address, '-n', '5', '--interval', '0.1s', '--every', '0.05s']);
    await expect.poll(fleet.error, { timeout: 20_000 }).toMatch(/5 of 5 devices connected, [1-9]/);
    fleet.process.kill('SIGTERM');
    expect(await fleet.code).toBe(0);
    expect(fleet.out()).toMatch(
      /^scenario +telemetry, seed [0-9a-f]{8}, .*\ndevices +5 of 5\npublished +\d+/,
    );
  });
});

describe('docs', () => {
  const read = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8');

  /** The names of all fields, however deep. */
  function fieldsOf(value: unknown): readonly string[] {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
  }

  test('bench.md names every field of the result', async () => {
    const { out } = await run(['bench', 'rtt', ...address, '--count', '10', '-q', '1', '--json']);
    const fields = fieldsOf(JSON.parse(out));
    expect(fields.length).toBeGreaterThan(50);
    expect(fields.filter((name) => !read('bench.md').includes(`\`${name}\``))).toEqual([]);
  });

  test('simulate.md names every field of the result', async () => {
    const { out } = await run(['simulate', ...address, '--for', '0.1s', '--json']);
    expect(fieldsOf(JSON.parse(out)).filter((name) => !read('simulate.md').includes(`\`${name}\``))).toEqual(
      [],
    );
  });

  test('the scenario of simulate.md runs', async () => {
    const [, text = ''] = /^```ts\n(.*?)^```$/ms.exec(read('simulate.md')) ?? [];
    const made = folder({ 'tanks.ts': text.replace("every('2s'", "every('50ms'") });
    const { code, out, error } = await run(
      ['simulate', ...address, '--scenario', 'tanks.ts', '--for', '1s'],
      made,
    );
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^scenario +tanks, .*\ndevices +20 of 20\npublished +\d{2,}/);
  });
});
