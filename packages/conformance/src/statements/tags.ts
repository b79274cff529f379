// Tags such as `[5:MQTT-3.1.2-8] [3.1.1:MQTT-3.1.2-24] [3.1:3.1]`: which statements of which version.

import { type DialectName, dialectFromText } from '@anax/protocol';
import { statementOf } from './tables.ts';

export interface StatementRef {
  readonly dialect: DialectName;
  readonly id: string;
}

const TAG = /\[([\d.]+):([^\]\s]+)\]/g;

/** The tags in a text; those of sections and of statements alike. */
export function tagsIn(text: string): readonly StatementRef[] {
  const refs: StatementRef[] = [];
  for (const [, version = '', id = ''] of text.matchAll(TAG)) {
    const dialect = dialectFromText(version);
    if (dialect !== undefined) refs.push({ dialect: dialect.name, id });
  }
  return refs;
}

/** The statements that a text names by tags. @throws Error where a tag names none. */
export function statementsIn(text: string): readonly StatementRef[] {
  const refs = tagsIn(text);
  const unknown = refs.find(({ dialect, id }) => statementOf(dialect, id) === undefined);
  if (unknown !== undefined) throw new Error(`MQTT ${unknown.dialect} has no statement ${unknown.id}`);
  if (refs.length === 0) throw new Error(`no statement is named in ${JSON.stringify(text)}`);
  return refs;
}
