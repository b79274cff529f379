// From a server, or a Server Reference, to the pipes that lead there, for browsers. Opens nothing.

import { MqttError } from '@anax/protocol';
import { REDIRECTS } from '../features.ts';
import type { Dialer } from '../shell/pipe.ts';
import { parseAddress } from './address.ts';
import { type WebSocketOptions, webSocket } from './websocket.ts';

/** No more of a Server Reference are tried in one attempt. */
const SERVERS_MAX = 16;

/** Names are looked up by the browser, which tries all their addresses. */
export function dialer(home: URL, options: WebSocketOptions): Dialer {
  return async (server) => {
    const urls = !REDIRECTS || server === undefined ? [home] : referenced(server, home);
    return urls.map((url) => webSocket(url.href, options));
  };
}

/** Servers with or without a port, with spaces between them. [5:4.11] */
function referenced(text: string, home: URL): readonly URL[] {
  const names = text.split(' ').filter((name) => name !== '');
  if (names.length === 0) throw new MqttError('invalid-server-reference', 'the Server Reference is empty');
  return names.slice(0, SERVERS_MAX).map((name) => urlOf(name, home));
}

/** As a host, a host and a port, an IPv6 address: reached as the server that named it; or a whole URL. */
function urlOf(name: string, home: URL): URL {
  const shown = `the Server Reference ${JSON.stringify(name)}`;
  const facts = { side: 'server' } as const;
  const isIPv6 = /^[\da-f]*:[\da-f]*:[\da-f:.]*$/i.test(name);
  const whole = `${home.protocol}//${isIPv6 ? `[${name}]` : name}${home.pathname}${home.search}`;
  let url: URL;
  try {
    ({ url } = parseAddress(name.includes('://') ? name : whole));
  } catch (cause) {
    throw new MqttError('invalid-server-reference', `${shown} is no server`, facts, { cause });
  }
  // What was kept from everybody on the way stays so.
  if (url.protocol === 'wss:' || home.protocol === 'ws:') return url;
  throw new MqttError('invalid-server-reference', `${shown} would be reached without TLS`, facts);
}
