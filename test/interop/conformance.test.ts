// What the audit finds with brokers that nobody here wrote is what docs/conformance-others.md says of these versions.
// `npm run docs:conformance:others` writes the page anew.

import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Audited, auditedAedes, auditedMosquitto } from './support/audited.ts';
import { audited, type CheckFound, type Report, reconciled, type Verdict } from './support/auditing.ts';
import { type Finding, othersPage, summaryIn } from './support/others-page.ts';

const PAGE = new URL('../../docs/conformance-others.md', import.meta.url);
const AUDIT_MS_MAX = 180_000;

const findings = new Map<string, Finding>();
let page = '';

beforeAll(
  async () => {
    // One after the other: two audits at once are a crowd.
    for (const start of [auditedMosquitto, auditedAedes]) {
      const broker = await start();
      findings.set(broker.name, { broker, report: await audited(broker.args) });
    }
    if (process.env['WRITE_PAGES'] === 'yes') await writeFile(PAGE, othersPage([...findings.values()]));
    page = await readFile(PAGE, 'utf8');
  },
  2 * 2 * AUDIT_MS_MAX,
);

describe('docs/conformance-others.md', () => {
  test.each(['mosquitto', 'aedes'])('says of %s what an audit finds', (name) => {
    const finding = findings.get(name);
    if (finding === undefined) throw new Error(`${name} was not audited`);
    const { version } = finding.broker;
    const told = summaryIn(page, name);
    // Another version may behave otherwise, and that is no defect of ours.
    if (told.version !== version) {
      console.warn(`${name} is ${version} here; the page is about ${told.version} and was not compared`);
      return;
    }
    expect(summaryIn(othersPage([finding]), name)).toEqual(told);
  });
});

describe('the page', () => {
  const broker: Audited = { name: 'b', version: '1.2', setUp: 'as it comes', args: [] };
  const check = (name: string, verdict: Verdict): CheckFound => ({
    name,
    protocol: '5.0',
    verdict,
    sentence: name,
    statements: ['MQTT-1'],
    ...(verdict === 'broken' ? { finding: { expected: 'a|b', seen: 'anax-conform/x1/2/will' } } : {}),
  });
  const report = (...checks: readonly CheckFound[]): Report => ({
    complete: true,
    failures: [],
    protocols: [{ protocol: '3.1', refused: 'no' }, { protocol: '5.0' }],
    statements: [
      { protocol: '5.0', id: 'MQTT-1', verdict: 'broken', summary: 's', checks: ['a/b', 'a/c', 'traffic/d'] },
      { protocol: '5.0', id: 'MQTT-2', verdict: 'skipped', summary: 's', checks: [], reason: 'needs x' },
    ],
    checks,
  });

  test('is read as it is written', () => {
    const text = othersPage([{ broker, report: report(check('a/b', 'broken'), check('a/c', 'kept')) }]);
    expect(text).toContain('| 5.0 | MQTT-1 | s | a/b | a\\|b | topic/will |');
    expect(text).toContain('- needs x: 5.0 MQTT-2');
    expect(summaryIn(text, 'b')).toEqual({
      version: '1.2',
      counts: ['| b | 1.2 | 3.1 | not spoken | | | | |', '| b | 1.2 | 5.0 | 0 | 1 | 1 | 0 | 0 |'],
      broken: ['5.0 MQTT-1 a/b'],
    });
    expect(summaryIn(text, 'c')).toEqual({ version: undefined, counts: [], broken: [] });
  });

  test('calls broken what was broken twice, or seen in traffic', () => {
    const first = report(check('a/b', 'broken'));
    expect(reconciled(first, report(check('a/b', 'kept'))).statements[0]?.verdict).toBe('kept');
    expect(reconciled(first, report(check('a/b', 'broken'))).statements[0]?.verdict).toBe('broken');
    const traffic = report(check('traffic/d', 'broken'));
    expect(reconciled(traffic, report()).statements[0]?.verdict).toBe('broken');
  });
});
