// From an address or options to the server that is meant, and to what TLS is to be told. Opens and reads nothing.

import { type Address, isUnix, parseAddress, type Target, type TcpTarget } from '@anax/client';
import { MqttError } from '@anax/protocol';
import { UsageError } from '../world/edges.ts';
import type { ConnectFlags } from './flags.ts';

/** Names of files in PEM, and whether the certificate of the server is looked at. */
export interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly insecure: boolean;
}

type WhereFlags = Pick<ConnectFlags, 'hostname' | 'host' | 'port' | 'protocol' | 'path'>;
type TlsFlags = Pick<ConnectFlags, 'cafile' | 'ca' | 'cert' | 'key' | 'insecure'>;

/** Where a verb's address or options lead. @throws UsageError */
export function targetOf(address: string | undefined, flags: WhereFlags): Address {
  const host = either(flags.hostname, '--hostname', flags.host, '--host');
  const { port, path, protocol = 'mqtt' } = flags;
  const asAddress = address ?? addressOf(protocol.toLowerCase(), host ?? 'localhost', port, path);
  if (address !== undefined && [host, port, path].some((one) => one !== undefined)) {
    throw new UsageError('give the broker as an address or with --hostname, --port and --path, not both');
  }
  try {
    return parseAddress(asAddress.includes('://') ? asAddress : `${protocol.toLowerCase()}://${asAddress}`);
  } catch (error) {
    if (error instanceof MqttError) throw new UsageError(error.message);
    throw error;
  }
}

function addressOf(
  protocol: string,
  host: string,
  port: number | undefined,
  path: string | undefined,
): string {
  if (path !== undefined && !path.startsWith('/'))
    throw new UsageError(`--path ${JSON.stringify(path)} does not begin with /`);
  if (protocol.endsWith('unix'))
    throw new UsageError('give a socket as an address: mqtt+unix:///run/broker.sock');
  const authority = `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
  return `${protocol}://${authority}${path ?? ''}`;
}

/** For what can be reached over TCP only. @throws UsageError */
export function tcpOnly(target: Target, what: string): TcpTarget {
  if (isUnix(target) || (target.protocol ?? 'mqtt') !== 'mqtt')
    throw new UsageError(`${what} is reached over TCP, as in mqtt://127.0.0.1:1883`);
  return { host: target.host, port: target.port };
}

/** @throws UsageError where they are given for a connection without TLS. */
export function tlsFilesOf({ protocol }: Target, flags: TlsFlags): TlsFiles | undefined {
  const { cert, key, insecure = false } = flags;
  const ca = either(flags.cafile, '--cafile', flags.ca, '--ca');
  if (ca === undefined && cert === undefined && key === undefined && !insecure) return undefined;
  if (protocol !== 'mqtts' && protocol !== 'wss')
    throw new UsageError('--cafile, --cert, --key and --insecure are for mqtts:// and wss://');
  if ((cert === undefined) !== (key === undefined)) throw new UsageError('--cert and --key go together');
  return { ca, cert, key, insecure };
}

/** Two names of one option. */
export function either<T>(
  one: T | undefined,
  name: string,
  other: T | undefined,
  otherName: string,
): T | undefined {
  if (one !== undefined && other !== undefined)
    throw new UsageError(`${name} and ${otherName} are the same: give one`);
  return one ?? other;
}
