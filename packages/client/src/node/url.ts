// `mqtt://user:password@host:port`: what an address may say, and what is not there yet. Opens nothing.

import { MqttError } from '@anax/protocol';
import type { TcpTarget } from './tcp.ts';

export interface Address {
  readonly target: TcpTarget;
  readonly userName: string | undefined;
  readonly password: string | undefined;
}

const PORT_DEFAULT = 1883;

/** @throws MqttError `invalid-url` or `unsupported-protocol`. */
export function parseAddress(text: string): Address {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new MqttError(
      'invalid-url',
      `${JSON.stringify(text)} is no address like mqtt://host:1883`,
      {},
      { cause },
    );
  }
  if (url.protocol !== 'mqtt:' && url.protocol !== 'tcp:') {
    const message = `addresses that begin with ${url.protocol}// are not supported, mqtt:// is`;
    throw new MqttError('unsupported-protocol', message);
  }
  if (url.hostname === '') throw new MqttError('invalid-url', `${JSON.stringify(text)} names no host`);
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '') {
    throw new MqttError(
      'invalid-url',
      `${JSON.stringify(text)} has more than host and port, which mqtt:// does not`,
    );
  }
  return {
    target: {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? PORT_DEFAULT : Number(url.port),
    },
    userName: url.username === '' ? undefined : decoded(url.username),
    password: url.password === '' ? undefined : decoded(url.password),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new MqttError(
      'invalid-url',
      'the user name or password of the address is not percent-encoded',
      {},
      { cause },
    );
  }
}
