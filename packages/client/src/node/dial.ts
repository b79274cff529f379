// From a server, or a Server Reference, to the pipes that lead there, for Node. Opens nothing.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { MqttError } from '@anax/protocol';
import type { Dialer, OpenPipe } from '../shell/pipe.ts';
import { explained } from './explain.ts';
import { type HostTarget, isSecure, isUnix, type Target, type TlsOptions } from './target.ts';
import { tcp, tls, unix } from './tcp.ts';
import { alike, parseAddress } from './url.ts';
import { webSocket } from './websocket.ts';

/** A name may have many addresses; no more are tried in one attempt. */
const ADDRESSES_MAX = 16;

/** A name is looked up for each attempt, as what stands behind it may have moved. */
export function dialer(home: Target, options: TlsOptions = {}): Dialer {
  return async (server) => {
    const targets = server === undefined ? [home] : referenced(server, home);
    const found = await Promise.all(targets.map((target) => pipesTo(target, options)));
    return found.flat().slice(0, ADDRESSES_MAX);
  };
}

async function pipesTo(target: Target, options: TlsOptions): Promise<readonly OpenPipe[]> {
  if (isUnix(target)) return [unix(target)];
  if (isIP(target.host) !== 0) return [pipeTo(target, options, target.host)];
  try {
    const addresses = await lookup(target.host, { all: true });
    return addresses.map(({ address }) => pipeTo(target, options, address));
  } catch (error) {
    throw explained(error as NodeJS.ErrnoException, target, false);
  }
}

function pipeTo(target: HostTarget, options: TlsOptions, address: string): OpenPipe {
  switch (target.protocol) {
    case 'mqtts':
      return tls(target, options, address);
    case 'ws':
    case 'wss':
      return webSocket(target, options, address);
    default:
      return tcp(target, address);
  }
}

/** Servers with or without a port, with spaces between them. [5:4.11] */
function referenced(text: string, home: Target): readonly Target[] {
  const names = text.split(' ').filter((name) => name !== '');
  if (names.length === 0) throw new MqttError('invalid-server-reference', 'the Server Reference is empty');
  return names.slice(0, ADDRESSES_MAX).map((name) => targetOf(name, home));
}

/** As a host, a host and a port, an IPv6 address: reached as the server that named it; or a whole URL. */
function targetOf(name: string, home: Target): Target {
  const target = parsed(name, home);
  // What was kept from everybody on the way stays so, and no server says which file of this machine is opened.
  const isWorse = isSecure(home) && !isUnix(home) && !isSecure(target);
  if (!isWorse && !isUnix(target)) return target;
  const why = isWorse ? 'would be reached without TLS' : 'is a file';
  const message = `the Server Reference ${JSON.stringify(name)} ${why}`;
  throw new MqttError('invalid-server-reference', message, { side: 'server' });
}

function parsed(name: string, home: Target): Target {
  try {
    if (name.includes('://')) return parseAddress(name).target;
    const url = `mqtt://${isIP(name) === 6 ? `[${name}]` : name}`;
    const { target } = parseAddress(url);
    if (isUnix(home) || isUnix(target)) return target;
    return alike(home, target.host, new URL(url).port === '' ? undefined : target.port);
  } catch (cause) {
    const message = `the Server Reference ${JSON.stringify(name)} is no server`;
    throw new MqttError('invalid-server-reference', message, { side: 'server' }, { cause });
  }
}
