// CONNECT by hand, field by field: for what the encoder refuses to write. Owns the credentials that go with it.

import { type Dialect, utf8Bytes } from '@anax/protocol';
import { field, frame, uint16 } from './bytes.ts';

export const FLAG = {
  reserved: 0x01,
  cleanStart: 0x02,
  will: 0x04,
  willQos1: 0x08,
  willRetain: 0x20,
} as const;
const FLAG_PASSWORD = 0x40;
const FLAG_USER_NAME = 0x80;

/** An empty list of properties, where the dialect has any. */
export function noProperties(dialect: Dialect): Uint8Array {
  return dialect.properties ? Uint8Array.of(0) : Uint8Array.of();
}

export interface ConnectBytes {
  /** Those of user name and password are added where there are credentials. */
  readonly flags: number;
  /** The payload up to the user name. */
  readonly payload: readonly Uint8Array[];
  /** Instead of the credentials of the audit. */
  readonly userName?: Uint8Array;
  readonly protocolLevel?: number;
  /** Behind everything. */
  readonly trailing?: Uint8Array;
}

/** The credentials of the audit, as `BrokerFacts` has them. */
export interface Credentials {
  readonly userName?: string | undefined;
  readonly password?: string | undefined;
}

export function connectBytes(dialect: Dialect, credentials: Credentials, input: ConnectBytes): Uint8Array {
  const { flags, payload, protocolLevel = dialect.protocolLevel, trailing = Uint8Array.of() } = input;
  const userName =
    input.userName ?? (credentials.userName === undefined ? undefined : utf8Bytes(credentials.userName));
  const { password } = credentials;
  const allFlags =
    flags |
    (userName === undefined ? 0 : FLAG_USER_NAME) |
    (password === undefined || userName === undefined ? 0 : FLAG_PASSWORD);
  return frame(
    0x10,
    field(dialect.protocolName),
    [protocolLevel, allFlags],
    uint16(0),
    noProperties(dialect),
    ...payload,
    userName === undefined ? [] : field(userName),
    password === undefined || userName === undefined ? [] : field(password),
    trailing,
  );
}
