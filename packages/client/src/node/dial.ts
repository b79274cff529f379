// From a host name, or a Server Reference, to the addresses behind it, for Node. Opens nothing.

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { MqttError } from '@anax/protocol';
import type { Dialer } from '../shell/pipe.ts';
import { lookupFailed, type TcpTarget, tcp } from './tcp.ts';
import { parseAddress } from './url.ts';

/** A name may have many addresses; no more are tried in one attempt. */
const ADDRESSES_MAX = 16;

/** A name is looked up for each attempt, as what stands behind it may have moved. */
export function dialer(home: TcpTarget): Dialer {
  return async (server) => {
    const targets = server === undefined ? [home] : referenced(server);
    const found = await Promise.all(targets.map(addressesOf));
    return found.flat().slice(0, ADDRESSES_MAX);
  };
}

async function addressesOf(target: TcpTarget): Promise<ReturnType<typeof tcp>[]> {
  if (isIP(target.host) !== 0) return [tcp(target)];
  try {
    const addresses = await lookup(target.host, { all: true });
    return addresses.map(({ address }) => tcp(target, address));
  } catch (error) {
    throw lookupFailed(error as NodeJS.ErrnoException, target);
  }
}

/** Servers with or without a port, with spaces between them. [5:4.11] */
function referenced(text: string): readonly TcpTarget[] {
  const names = text.split(' ').filter((name) => name !== '');
  if (names.length === 0) throw new MqttError('invalid-server-reference', 'the Server Reference is empty');
  return names.slice(0, ADDRESSES_MAX).map(targetOf);
}

/** As a host, a host and a port, an IPv6 address, or a whole URL. */
function targetOf(name: string): TcpTarget {
  try {
    if (name.includes('://')) return parseAddress(name).target;
    return parseAddress(`mqtt://${isIP(name) === 6 ? `[${name}]` : name}`).target;
  } catch (cause) {
    const message = `the Server Reference ${JSON.stringify(name)} is no server`;
    throw new MqttError('invalid-server-reference', message, { side: 'server' }, { cause });
  }
}
