// `wss://user:password@host/mqtt`: what an address may say in a browser. Opens nothing.

import { MqttError } from '@anax/protocol';

export interface BrowserAddress {
  readonly url: URL;
  readonly userName: string | undefined;
  readonly password: string | undefined;
}

/** Where the address has none. */
const WEBSOCKET_PATH = '/mqtt';

/** @throws MqttError `invalid-url` or `unsupported-protocol`. */
export function parseAddress(text: string | URL): BrowserAddress {
  const shown = JSON.stringify(String(text));
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new MqttError('invalid-url', `${shown} is no address like wss://host/mqtt`, {}, { cause });
  }
  if (!/^wss?:$/.test(url.protocol)) {
    const message = `a browser opens ws:// and wss:// only, and not ${shown}`;
    throw new MqttError('unsupported-protocol', message);
  }
  if (url.hash !== '') throw new MqttError('invalid-url', `${shown} has a fragment`);
  if (/^[^:]+:\/\/[^/?]*(?:\?|$)/.test(String(text))) url.pathname = WEBSOCKET_PATH;
  // They are for CONNECT: a WebSocket has no use for them.
  const [userName, password] = [url.username, url.password].map(decoded);
  url.username = '';
  url.password = '';
  return { url, userName, password };
}

function decoded(part: string): string | undefined {
  try {
    return part === '' ? undefined : decodeURIComponent(part);
  } catch (cause) {
    const message = 'user name or password of the address is not percent-encoded';
    throw new MqttError('invalid-url', message, {}, { cause });
  }
}
