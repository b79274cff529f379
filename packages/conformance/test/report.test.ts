/** Owns what a report says, that it says it safely, and that it tells no secret. */

import { describe, expect, test } from 'vitest';
import { htmlReport, jsonReport, textReport } from '../src/index.ts';
import { evidenceOf } from '../src/report/evidence.ts';
import { fromHex } from '../src/wire/bytes.ts';
import { anAudit, HOSTILE, hostilePublish, record } from './support/audits.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe('the report as text', () => {
  test('shows a broken check with its statement, what was expected and seen, and the packets', () => {
    const text = textReport(anAudit()).join('\n');
    expect(text).toContain('BROKEN in MQTT 5.0: PINGREQ is answered by PINGRESP');
    expect(text).toContain('MQTT-3.12.4-1: PINGREQ (c0 00) is answered by PINGRESP (d0 00).');
    expect(text).toMatch(/expected +PINGRESP at client 1/);
    expect(text).toMatch(/seen +nothing but <img/);
    expect(text).toMatch(/→ +1\.0 ms sent, 2 bytes\n +PINGREQ, malformed: 0x81 .*\n +c1 00\n/);
    expect(text).toMatch(/← +2\.0 ms seen, \d+ bytes\n +PUBLISH to '<img/);
  });

  test('ends with a table of what is broken or skipped and why, the counts and a conclusion', () => {
    const lines = textReport(anAudit());
    expect(lines.filter((line) => line.startsWith('5.0 '))).toEqual([
      '5.0    MQTT-3.12.4-1  broken   PINGREQ (c0 00) is answered by PINGRESP (d0 00).',
      expect.stringMatching(
        /^5\.0 {4}MQTT-3\.1\.4-2 {3}skipped .*\(needs credentials that .*--refused-username\)$/,
      ),
    ]);
    expect(lines.find((line) => line.startsWith('MQTT 5.0 '))).toMatch(/^MQTT 5\.0( +1){5}$/);
    expect(lines).toContain('MQTT 3.1 was not audited. CONNECT was refused: 0x84.');
    expect(lines.at(-1)).toBe('1 statement is broken, by what 1 check saw.');
  });

  test('has rows for all statements where that is asked for', () => {
    const lines = textReport(anAudit(), { all: true });
    expect(lines.filter((line) => line.startsWith('5.0 '))).toHaveLength(5);
    expect(lines.join('\n')).toContain('(binds clients only)');
  });

  test('has nothing in it that a terminal would obey, and is coloured by whoever calls', () => {
    expect(textReport(anAudit(), { all: true }).join('\n')).not.toMatch(UNSAFE);
    const painted = textReport(anAudit(), { paint: (style, text) => `{${style}:${text}}` });
    expect(painted.find((line) => line.includes('MQTT-3.12.4-1  '))).toContain('{broken:broken }');
  });

  test('says that an audit is not complete', () => {
    const stopped = textReport(anAudit({ stopped: 'it was asked to stop', failures: ['x/y (5.0): oops'] }));
    expect(stopped).toContain('This audit is not complete: it was asked to stop.');
    expect(stopped.join('\n')).toContain(
      'A check failed of itself, which is a defect of the audit: x/y (5.0)',
    );
  });
});

describe('the report as JSON', () => {
  const json = (audit = anAudit()): ReturnType<typeof JSON.parse> =>
    JSON.parse(JSON.stringify(jsonReport(audit)));

  test('has the shape that the README promises', () => {
    expect(json()).toMatchObject({
      format: 'anax-conformance-report',
      formatVersion: 1,
      address: `mqtt://${HOSTILE}`,
      startedAt: '1970-01-01T00:00:00.000Z',
      durationMs: 1234,
      complete: true,
      options: ['userName'],
      protocols: [{ protocol: '3.1', refused: 'CONNECT was refused: 0x84' }, { protocol: '5.0' }],
      counts: { '5.0': { broken: 1, kept: 1, skipped: 1, 'not applicable': 1, 'not observable': 1 } },
      statements: expect.arrayContaining([
        expect.objectContaining({ protocol: '5.0', id: 'MQTT-3.12.4-1', verdict: 'broken' }),
      ]),
    });
    expect(json(anAudit({ stopped: 'why' }))).toMatchObject({ complete: false, stopped: 'why' });
  });

  test('has every byte of a broken check, annotated', () => {
    const [check] = json().checks;
    const { expected, connections } = check.finding;
    expect(expected).toBe('PINGRESP at client 1');
    const [opened, sent, seen] = connections[0].steps;
    expect(opened).toEqual({ atMs: 0, event: 'opened' });
    expect(sent).toMatchObject({
      atMs: 1,
      from: 'client',
      hex: 'c1 00',
      type: 'pingreq',
      state: 'malformed',
    });
    expect(sent.fault).toMatchObject({ reasonCode: 0x81, clause: expect.stringContaining('[5:') });
    expect(seen).toMatchObject({ from: 'server', state: 'good', type: 'publish' });
    const covered = seen.fields.map(({ hex }: { hex: string }) => hex).filter(Boolean);
    expect(fromHex(covered.join(' '))).toEqual(hostilePublish());
  });
});

describe('the report as a web page', () => {
  const page = htmlReport(anAudit());

  test('needs nothing from anywhere and runs nothing', () => {
    expect(page).not.toMatch(/<(?:script|link|img|iframe|object|embed|base|form)\b/i);
    expect(page).not.toMatch(/url\(|@import/i);
    // Attributes only: the text of the page may well have such words in it.
    const attributes = [...page.matchAll(/<[a-z][^>]*>/g)].join(' ');
    expect(attributes).not.toMatch(/\s(?:src|srcset|action|style|on\w+)=/i);
    expect(page).not.toMatch(/https?:/);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('escapes everything that came from outside', () => {
    expect(page).not.toContain('<img');
    expect(page).toContain(
      '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;lt;\\u{1b}[2J\\u{202e}\\u{a}',
    );
    expect(page).not.toMatch(UNSAFE);
  });

  test('has well-formed markup: every element that is opened is closed, in order', () => {
    const open: string[] = [];
    for (const [, slash, name = ''] of page
      .replace(/<!doctype html>/, '')
      .matchAll(/<(\/?)([a-z][a-z\d]*)[^>]*>/g)) {
      if (['meta', 'br'].includes(name)) continue;
      if (slash === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  test('has links that lead somewhere, and no anchor twice', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const links = [...page.matchAll(/ href="([^"]+)"/g)].map(([, link]) => link);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !ids.includes(link?.replace(/^#/, '')))).toEqual([]);
    expect(links.filter((link) => !link?.startsWith('#'))).toEqual([]);
  });

  test('shows those statements that a link is for, by its style alone', () => {
    expect(page).toContain('<span class="filter" id="show-v50-broken"></span>');
    expect(page).toContain(
      '#show-v50-broken:target ~ .statements tbody tr:not(.v50), #show-v50-broken:target ~ .statements tbody tr:not(.broken) { display: none; }',
    );
    expect(page).toContain('<tr id="v50-MQTT-3.12.4-1" class="v50 broken">');
  });

  test('shows each byte of a broken check with its meaning', () => {
    expect(page).toContain('<a class="broken" href="#finding-50-ping-answered">ping/answered</a>');
    expect(page).toMatch(/<td class="hex">c1<\/td><td class="d1">Packet Type and Flags<\/td>/);
    expect(page).toContain('<dt>expected</dt><dd>PINGRESP at client 1</dd>');
  });
});

describe('what passed', () => {
  const summaries = (...passed: Parameters<typeof record>[0]): readonly string[] =>
    evidenceOf(record(passed)).steps.map((step) => {
      if (step.kind === 'event') return step.text;
      return step.kind === 'packet' ? `${step.from} ${step.packet.summary}` : `${step.count} left out`;
    });
  const bytes = (hex: string): Uint8Array => fromHex(hex);

  test('is packets again where it was sent in pieces', () => {
    expect(summaries({ sent: bytes('c0') }, { sent: bytes('00 c0 00 c0') }, { sent: bytes('00') })).toEqual([
      'client PINGREQ',
      'client PINGREQ',
      'client PINGREQ',
    ]);
  });

  test('shows the beginning of a packet before what passed meanwhile, and then all of it', () => {
    expect(summaries({ sent: bytes('c0') }, { seen: bytes('d0 00') }, { sent: bytes('00') })).toEqual([
      'client PINGREQ, incomplete: 1 byte of the header, which is not whole',
      'server PINGRESP',
      'client PINGREQ',
    ]);
    expect(summaries({ seen: bytes('d0') }, { event: 'closed by the broker' })).toHaveLength(2);
  });

  test('leaves out the middle where it is much', () => {
    const many = Array.from({ length: 100 }, () => ({ sent: bytes('c0 00') }));
    const shown = summaries(...many);
    expect(shown).toHaveLength(12 + 1 + 36);
    expect(shown[12]).toBe('52 left out');
  });
});
