// Which client identifiers are taken, and how one is made for a client that brings none. [5:3.1.3.1] [3.1.1:3.1.3.1]

import { Reason, utf8Length } from '@anax/protocol';
import type { Refusal } from './access.ts';

/** What every server must take. [5:MQTT-3.1.3-5] [3.1.1:MQTT-3.1.3-5] */
const ALWAYS_TAKEN = /^[0-9a-zA-Z]{1,23}$/;
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ASSIGNED_LENGTH = 23;

export interface ClientIdLimits {
  readonly clientIdStrict: boolean;
  readonly clientIdBytesMax: number;
}

/** [5:MQTT-3.1.3-8] [3.1.1:MQTT-3.1.3-9] */
export function clientIdRefusal(clientId: string, limits: ClientIdLimits): Refusal | undefined {
  if (ALWAYS_TAKEN.test(clientId)) return undefined;
  if (limits.clientIdStrict) {
    return refused('the client identifier is not 1 to 23 letters and digits');
  }
  const bytes = utf8Length(clientId);
  if (bytes <= limits.clientIdBytesMax) return undefined;
  return refused(`the client identifier has ${bytes} bytes, at most ${limits.clientIdBytesMax} are taken`);
}

function refused(text: string): Refusal {
  return { reasonCode: Reason.clientIdentifierNotValid, text };
}

/** A unique identifier of 23 letters and digits: 137 bits of chance. [5:MQTT-3.1.3-6] [3.1.1:MQTT-3.1.3-6] */
export function assignedClientId(random: () => number): string {
  let id = '';
  for (let i = 0; i < ASSIGNED_LENGTH; i++) id += ALPHABET[Math.floor(random() * ALPHABET.length)];
  return id;
}
