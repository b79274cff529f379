// CONNECT, field by field. [5:3.1] [3.1.1:3.1]

import { type Dialect, findDialect } from '../spec/dialects.ts';
import { topicNameProblem } from '../topic/index.ts';
import { qosMeaning } from './header.ts';
import { walkProperties } from './properties.ts';
import { keepAliveMeaning } from './property-meanings.ts';
import { counted } from './shown.ts';
import type { BitFact, Walker } from './walker.ts';

const FLAG_WILL = 0x04;
const FLAG_PASSWORD = 0x40;
const FLAG_USER_NAME = 0x80;

/** One bit of the connect flags; the clauses have the same number in both standards. */
function flag(name: string, mask: number, section: string, one: string, zero: string): BitFact {
  const shift = Math.log2(mask);
  return { name, clause: both(section), mask, shift, tell: (bit) => (bit === 0 ? zero : one) };
}

function both(section: string): string {
  return `[5:${section}] [3.1.1:${section}]`;
}

function connectFlags(dialect: Dialect): readonly BitFact[] {
  return [
    flag('User Name Flag', 0x80, '3.1.2.8', 'the payload has a user name', 'no user name'),
    flag('Password Flag', 0x40, '3.1.2.9', 'the payload has a password', 'no password'),
    flag(
      'Will Retain',
      0x20,
      '3.1.2.7',
      'the will is published as a retained message',
      'the will is not retained',
    ),
    { name: 'Will QoS', clause: both('3.1.2.6'), mask: 0x18, shift: 3, tell: qosMeaning },
    flag('Will Flag', 0x04, '3.1.2.5', 'the payload has a will', 'no will'),
    dialect.properties
      ? flag(
          'Clean Start',
          0x02,
          '3.1.2.4',
          'a new session; one that is there ends',
          'goes on with the session, if there is one',
        )
      : flag(
          'Clean Session',
          0x02,
          '3.1.2.4',
          'a session for this connection only',
          'goes on with the session, and leaves it behind',
        ),
    flag('Reserved', 0x01, '3.1.2.3', 'must be 0', 'as it must be'),
  ];
}

export function walkConnect(walker: Walker): void {
  const { dialect } = walker;
  walker.open('Variable Header', both('3.1.2'));
  const name = walker.text('Protocol Name', both('3.1.2.1'));
  walker.uint8(dialect.properties ? 'Protocol Version' : 'Protocol Level', both('3.1.2.2'), (level) => {
    const known = findDialect(name, level);
    return known === undefined ? 'not a version known here' : `MQTT ${known.name}`;
  });
  const flags = walker.flags('Connect Flags', both('3.1.2.3'), connectFlags(dialect));
  walker.uint16('Keep Alive', both('3.1.2.10'), keepAliveMeaning);
  if (dialect.properties) walkProperties(walker, 'connect');
  walker.close();
  walkPayload(walker, flags);
}

function walkPayload(walker: Walker, flags: number): void {
  const { dialect } = walker;
  // 5.0 has Will Properties as 3.1.3.2, which moves what follows by one.
  const section = (five: number): string => `[5:3.1.3.${five}] [3.1.1:3.1.3.${five - 1}]`;
  walker.open('Payload', both('3.1.3'));
  walker.text('Client Identifier', both('3.1.3.1'), (id) => {
    if (id !== '') return '';
    return dialect.emptyClientId === 'never'
      ? 'empty, which it must not be'
      : 'empty: the server makes one up';
  });
  if ((flags & FLAG_WILL) !== 0) {
    if (dialect.properties) walkProperties(walker, 'will');
    walker.text('Will Topic', section(3), (topic) => topicNameProblem(topic)?.message ?? '');
    walker.binary(dialect.properties ? 'Will Payload' : 'Will Message', section(4), (data) =>
      data.length === 0 ? 'empty' : counted(data.length, 'byte'),
    );
  }
  const missing = (name: string, five: number): boolean => {
    if (!dialect.flaggedCredentialsMayBeMissing || walker.left > 0) return false;
    walker.absent(name, section(five), 'none, although it is flagged, which MQTT 3.1 allows');
    return true;
  };
  if ((flags & FLAG_USER_NAME) !== 0 && !missing('User Name', 5)) walker.text('User Name', section(5));
  if ((flags & FLAG_PASSWORD) !== 0 && !missing('Password', 6)) walker.binary('Password', section(6));
  walker.close();
}
