/** Owns an audit made by hand, for what is made of audits. */

import { MQTT_5_0 } from '@anax/protocol';
import { type Audit, type CheckResult, STATEMENTS, type StatementResult } from '../../src/index.ts';
import { fromHex } from '../../src/wire/bytes.ts';
import type { Passed, TranscriptRecord } from '../../src/wire/transcript.ts';

/** What a broker might put into a report: markup, an entity, an escape for terminals, a mark that turns text around. */
export const HOSTILE = `<img src=x onerror="alert('1')">&lt;\u001b[2J\u202e\n`;

export const SENT = fromHex('c1 00');

export function record(passed: readonly Passed['what'][], label = 'client 1'): TranscriptRecord {
  return {
    label,
    dialect: MQTT_5_0,
    passed: passed.map((what, index) => ({ atMs: index, what })),
    leftOutBytes: 0,
  };
}

/** `30 .. topic 00 payload`: PUBLISH at QoS 0 with a topic that nobody would print as it is. */
export function hostilePublish(): Uint8Array {
  const topic = new TextEncoder().encode(HOSTILE);
  return Uint8Array.of(0x30, topic.length + 3, 0, topic.length, ...topic, 0);
}

export function anAudit(more: Partial<Audit> = {}): Audit {
  const check: CheckResult = {
    name: 'ping/answered',
    dialect: '5.0',
    sentence: 'PINGREQ is answered by PINGRESP',
    statements: ['MQTT-3.12.4-1'],
    verdict: 'broken',
    reason: undefined,
    finding: {
      expected: 'PINGRESP at client 1',
      seen: `nothing but ${HOSTILE}`,
      transcripts: [
        record([{ event: 'opened' }, { sent: SENT }, { seen: hostilePublish() }], `client ${HOSTILE}`),
      ],
    },
    durationMs: 1,
  };
  return {
    address: `mqtt://${HOSTILE}`,
    startedAt: new Date(0),
    durationMs: 1234,
    stopped: undefined,
    protocols: [
      { dialect: '3.1', refused: 'CONNECT was refused: 0x84', announced: undefined },
      { dialect: '5.0', refused: undefined, announced: undefined },
    ],
    options: ['userName'],
    checks: [check],
    statements: STATEMENT_RESULTS,
    failures: [],
    ...more,
  };
}

function result(id: string, verdict: StatementResult['verdict'], reason?: string): StatementResult {
  const statement = STATEMENTS.find((one) => one.dialect === '5.0' && one.id === id);
  if (statement === undefined) throw new Error(id);
  return { statement, verdict, reason, checks: id === 'MQTT-3.12.4-1' ? ['ping/answered'] : [] };
}

const STATEMENT_RESULTS: readonly StatementResult[] = [
  result('MQTT-3.1.0-1', 'kept'),
  result('MQTT-3.12.4-1', 'broken'),
  result('MQTT-3.1.4-2', 'skipped', 'needs credentials that the broker refuses: --refused-username'),
  result('MQTT-3.1.2-20', 'not applicable', 'binds clients only'),
  result('MQTT-4.7.3-3', 'not observable', 'only the caller of a client library sees it'),
];
