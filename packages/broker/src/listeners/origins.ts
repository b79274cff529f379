// Which pages may open a WebSocket here. A browser lets every page connect to every address and says in Origin which
// page it was; whoever else connects says none, or what it likes, and is judged by its user name. Knows no MQTT.

import { isLoopback } from './listener.ts';

/** Any page. */
export const ANY_ORIGIN = '*';

/**
 * Whether a request with this Origin is taken. Pages of the same host are; where only this machine reaches the listener,
 * pages of this machine: a name that somebody else's name server gives for 127.0.0.1 is none.
 * @param origins others that are taken, as a browser writes them: `https://app.example`
 * @param host the field Host of the request
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  origins: readonly string[],
  loopback: boolean,
): boolean {
  if (origin === undefined || origins.includes(ANY_ORIGIN) || origins.includes(origin)) return true;
  const from = hostOf(origin);
  if (from === undefined) return false;
  if (loopback) return isThisMachine(from);
  return from === hostOf(`http://${host ?? ''}`);
}

function isThisMachine(host: string): boolean {
  return isLoopback(host) || host.endsWith('.localhost');
}

/** Without brackets; undefined where there is none, as in `null`, the Origin of a file. */
function hostOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === '' ? undefined : hostname.replace(/^\[|\]$/g, '');
}
