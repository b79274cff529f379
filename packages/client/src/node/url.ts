// `mqtt://user:password@host:port` and its like: what an address may say. Opens nothing.

import { MqttError } from '@anax/protocol';
import type { HostTarget, Target } from './target.ts';

export interface Address {
  readonly target: Target;
  readonly userName: string | undefined;
  readonly password: string | undefined;
}

/** What stands before `://`: how it is reached, and the port where none is given. */
const SCHEMES: Readonly<Record<string, readonly [protocol: Target['protocol'] & string, port: number]>> = {
  mqtt: ['mqtt', 1883],
  tcp: ['mqtt', 1883],
  mqtts: ['mqtts', 8883],
  ssl: ['mqtts', 8883],
  tls: ['mqtts', 8883],
  ws: ['ws', 80],
  wss: ['wss', 443],
  'mqtt+unix': ['mqtt+unix', 0],
  unix: ['mqtt+unix', 0],
};

/** Where the address of a WebSocket has none. */
const WEBSOCKET_PATH = '/mqtt';

/** @throws MqttError `invalid-url` or `unsupported-protocol`. */
export function parseAddress(text: string): Address {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw invalid(`${JSON.stringify(text)} is no address like mqtt://host:1883`, cause);
  }
  const scheme = url.protocol.slice(0, -1);
  const [protocol, port] = Object.hasOwn(SCHEMES, scheme) ? (SCHEMES[scheme] ?? []) : [];
  if (protocol === undefined || port === undefined) {
    const known = 'mqtt://, mqtts://, ws://, wss:// and mqtt+unix:// are';
    throw new MqttError(
      'unsupported-protocol',
      `addresses that begin with ${scheme}:// are not supported, ${known}`,
    );
  }
  return {
    target: protocol === 'mqtt+unix' ? unixTarget(url, text) : hostTarget(url, text, protocol, port),
    userName: url.username === '' ? undefined : decoded(url.username, 'user name'),
    password: url.password === '' ? undefined : decoded(url.password, 'password'),
  };
}

/** The same server, as far as host and port say it, reached in the same way as another. */
export function alike(home: HostTarget, host: string, port: number | undefined): HostTarget {
  const { protocol = 'mqtt' } = home;
  const [, portDefault = 0] = SCHEMES[protocol] ?? [];
  return { ...home, host, port: port ?? portDefault };
}

function hostTarget(url: URL, text: string, protocol: string, portDefault: number): HostTarget {
  if (url.hostname === '') throw invalid(`${JSON.stringify(text)} names no host`);
  const where = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? portDefault : Number(url.port),
  };
  if (url.hash !== '') throw invalid(`${JSON.stringify(text)} has a fragment`);
  if (protocol === 'ws' || protocol === 'wss') {
    const path = /^[^:]+:\/\/[^/?#]*(?:[?#]|$)/.test(text) ? WEBSOCKET_PATH : url.pathname;
    return { protocol, ...where, path: `${path}${url.search}` };
  }
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '')
    throw invalid(`${JSON.stringify(text)} has more than host and port, which ${protocol}:// does not`);
  return protocol === 'mqtts' ? { protocol, ...where } : where;
}

function unixTarget(url: URL, text: string): Target {
  if (url.hostname !== '' || url.search !== '' || url.hash !== '' || url.pathname.length < 2)
    throw invalid(`${JSON.stringify(text)} is no path like mqtt+unix:///run/broker.sock`);
  return { protocol: 'mqtt+unix', path: decoded(url.pathname, 'path') };
}

function decoded(part: string, what: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw invalid(`the ${what} of the address is not percent-encoded`, cause);
  }
}

function invalid(message: string, cause?: unknown): MqttError {
  return new MqttError('invalid-url', message, {}, cause === undefined ? undefined : { cause });
}
