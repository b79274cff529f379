// CONNACK, field by field. [5:3.2] [3.1.1:3.2]

import type { Dialect } from '../spec/dialects.ts';
import { walkReasonCode } from './header.ts';
import { walkProperties } from './properties.ts';
import type { BitFact, Walker } from './walker.ts';

/** The words of 3.1.1, indexed by return code. [3.1.1:3.2.2.3] */
const RETURN_CODE_TITLES = [
  'Connection Accepted',
  'Connection Refused, unacceptable protocol version',
  'Connection Refused, identifier rejected',
  'Connection Refused, Server unavailable',
  'Connection Refused, bad user name or password',
  'Connection Refused, not authorized',
] as const;

const FLAGS_CLAUSE = '[5:3.2.2.1] [3.1.1:3.2.2.1]';

const SESSION_PRESENT: readonly BitFact[] = [
  {
    name: 'Reserved',
    clause: FLAGS_CLAUSE,
    mask: 0xfe,
    shift: 1,
    show: (bits) => bits.toString(2).padStart(7, '0'),
    tell: (bits) => (bits === 0 ? 'as they must be' : 'must be 0'),
  },
  {
    name: 'Session Present',
    clause: '[5:3.2.2.1.1] [3.1.1:3.2.2.2]',
    mask: 0x01,
    shift: 0,
    tell: (bit) =>
      bit === 0
        ? 'the server holds no session for this client'
        : 'the server goes on with the session it holds',
  },
];

export function walkConnack(walker: Walker): void {
  const { dialect } = walker;
  walker.open('Variable Header', '[5:3.2.2] [3.1.1:3.2.2]');
  if (dialect.sessionPresent) walker.flags('Connect Acknowledge Flags', FLAGS_CLAUSE, SESSION_PRESENT);
  else walker.code('Reserved', FLAGS_CLAUSE, () => 'not used in MQTT 3.1');
  walkCode(walker, dialect);
  if (dialect.properties) walkProperties(walker, 'connack');
  walker.close();
}

function walkCode(walker: Walker, dialect: Dialect): void {
  if (dialect.reasonCodes) {
    walkReasonCode(walker, 'Connect Reason Code', 'connack', '[5:3.2.2.2]');
  } else {
    walker.code('Connect Return code', '[3.1.1:3.2.2.3]', returnCodeTitle);
  }
}

export function returnCodeTitle(code: number): string {
  return RETURN_CODE_TITLES[code] ?? 'reserved';
}
