// The log of `anax broker`: a line of JSON for each note, on standard error. Owns how grave each is, and that a line stays one
// line whatever a peer has put into it.

import type { LogLevel, Note } from '@anax/broker';
import { type DestinationStream, pino } from 'pino';
import { printable } from '../render/index.ts';

const LEVELS: Readonly<Record<Note['event'], 'debug' | 'info' | 'warn' | 'error'>> = {
  'arrival-refused': 'warn',
  'certificate-ends': 'warn',
  'certificates-changed': 'info',
  'certificates-kept': 'error',
  'client-connected': 'info',
  'client-disconnected': 'info',
  'connect-refused': 'warn',
  'connection-fault': 'warn',
  'connection-closed': 'debug',
  'connection-refused': 'warn',
  banned: 'warn',
  'ban-lifted': 'info',
  'lines-left-out': 'warn',
  'client-slowed': 'warn',
  'client-shed': 'warn',
  'memory-short': 'warn',
  'memory-recovered': 'info',
  'retained-full': 'warn',
  'session-expired': 'info',
  'will-published': 'info',
  'publish-refused': 'warn',
  'subscribe-refused': 'warn',
  'will-refused': 'warn',
  'rights-revoked': 'warn',
  'queue-full': 'warn',
  'authentication-warning': 'warn',
  'listener-failed': 'warn',
  'events-lost': 'warn',
  reloaded: 'info',
  'reload-failed': 'error',
  'store-damaged': 'error',
  'store-failed': 'error',
  'store-full': 'error',
  'store-recovered': 'info',
  'store-restored': 'info',
  'store-swept': 'warn',
};

export interface Logger {
  readonly note: (note: Note) => void;
  /** Another level, from the reload on that is under way. */
  readonly obey: (level: LogLevel) => void;
}

/**
 * Programs such as fail2ban find `event`, `address`, `listener`, `reasonCode` and `reason` first and in this order, before
 * anything that a peer has chosen.
 */
export function logger(level: LogLevel, destination: DestinationStream = standardError()): Logger {
  let next = level;
  const log = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  const note: Logger['note'] = ({ event, text, address, listener, reasonCode, reason, ...others }) => {
    if (event === 'reloaded') log.level = next;
    const facts = Object.entries({ event, address, listener, reasonCode, reason, ...others });
    const escaped = facts.map(([key, value]) => [key, typeof value === 'string' ? printable(value) : value]);
    log[LEVELS[event]](Object.fromEntries(escaped), printable(text));
  };
  const obey = (other: LogLevel): void => {
    next = other;
  };
  return { note, obey };
}

function standardError(): DestinationStream {
  return pino.destination({ fd: 2, sync: false });
}
