// How a fault leaves the depths of the codec: thrown as a plain value, caught by the decoder, never seen outside.

import type { Fault } from '../spec/fault.ts';
import { Reason, type ReasonCode } from '../spec/reason-codes.ts';

/** Refuses what is being read; the decoder adds where it was. No stack is captured: a flood of faults stays cheap. */
export function refuse(reasonCode: ReasonCode, message: string, clause: string): never {
  const fault: Fault = { type: 'fault', reasonCode, message, clause, offset: -1 };
  throw fault;
}

export function malformed(message: string, clause: string): never {
  return refuse(Reason.malformedPacket, message, clause);
}

export function protocolError(message: string, clause: string): never {
  return refuse(Reason.protocolError, message, clause);
}

export function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && (value as Fault).type === 'fault';
}
