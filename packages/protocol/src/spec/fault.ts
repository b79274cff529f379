// What is wrong, in values: a `Fault` for what a peer sent, an `MqttError` for what a caller is told.
// Owns the shape of every refusal; decides none.

import type { Side } from './packet-types.ts';
import type { ReasonCode } from './reason-codes.ts';

/** A refusal of bytes that came in: a value, never a stack trace. */
export interface Fault {
  readonly type: 'fault';
  /** The MQTT 5 reason code; `reasonCodeFact(...)` gives its 3.1.1 equivalent, if there is one. */
  readonly reasonCode: ReasonCode;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** The statements broken, as tags: `[5:MQTT-2.1.3-1] [3.1.1:MQTT-2.2.2-2]`, or a section where none is numbered. */
  readonly clause: string;
  /** Bytes from the start of the packet to where the fault was seen. */
  readonly offset: number;
}

/** An error that a caller of Anax is given. */
export class MqttError extends Error {
  override readonly name: string = 'MqttError';
  /** A stable word for programs: `connection-refused`, `packet-too-large`, ... */
  readonly code: string;
  /** Whose doing it is: `client` or `server`, as ends of the connection, or `local` for a wrong call. */
  readonly side: Side | 'local';
  readonly reasonCode: ReasonCode | undefined;
  readonly clause: string | undefined;

  constructor(
    code: string,
    message: string,
    facts: {
      readonly side?: Side | 'local';
      readonly reasonCode?: ReasonCode;
      readonly clause?: string;
    } = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.code = code;
    this.side = facts.side ?? 'local';
    this.reasonCode = facts.reasonCode;
    this.clause = facts.clause;
  }
}
