// DISCONNECT and AUTH, field by field. [5:3.14] [5:3.15]

import { walkReasonCode } from './header.ts';
import { tellAbsentProperties, walkProperties } from './properties.ts';
import type { Walker } from './walker.ts';

/** In 3.x it ends with its header. [3.1.1:3.14] */
export function walkDisconnect(walker: Walker): void {
  if (walker.dialect.reasonCodes) walkShortForm(walker, 'disconnect', '3.14', '0x00: Normal disconnection');
}

export function walkAuth(walker: Walker): void {
  if (walker.dialect.enhancedAuthentication) walkShortForm(walker, 'auth', '3.15', '0x00: Success');
}

/** Reason code and properties, both of which may be left out from the end. */
function walkShortForm(
  walker: Walker,
  type: 'disconnect' | 'auth',
  section: string,
  otherwise: string,
): void {
  const name = type === 'disconnect' ? 'Disconnect Reason Code' : 'Authenticate Reason Code';
  const clause = `[5:${section}.2.1]`;
  walker.open('Variable Header', `[5:${section}.2]`);
  if (walker.left > 0) walkReasonCode(walker, name, type, clause);
  else walker.absent(name, clause, otherwise);
  if (walker.left > 0) walkProperties(walker, type);
  else tellAbsentProperties(walker, type);
  walker.close();
}
