// The reason codes one by one, each with all that `reason-codes.ts` says of it, and its 3.1.1 equivalent. [5:2.4]
// Apart from it because who only receives packets asks the other way round.

import { PACKET_TYPES, type PacketTypeName, type Side } from './packet-types.ts';
import { Reason, type ReasonCode, reasonCodeAllowed } from './reason-codes.ts';
import { reasonTitle } from './reason-titles.ts';

export interface ReasonCodeFact {
  readonly code: ReasonCode;
  /** The standard's words. */
  readonly title: string;
  readonly fromClient: readonly PacketTypeName[];
  readonly fromServer: readonly PacketTypeName[];
  /** The CONNACK return code that says the same in 3.1 and 3.1.1; undefined where only closing is left. [3.1.1:3.2.2.3] */
  readonly returnCode: number | undefined;
}

const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORIZED = 5;

const AS_RETURN_CODE: ReadonlyMap<ReasonCode, number> = new Map<ReasonCode, number>([
  [Reason.success, 0],
  [Reason.unsupportedProtocolVersion, 1],
  [Reason.clientIdentifierNotValid, 2],
  [Reason.serverUnavailable, SERVER_UNAVAILABLE],
  [Reason.badUserNameOrPassword, 4],
  [Reason.notAuthorized, NOT_AUTHORIZED],
  [Reason.serverBusy, SERVER_UNAVAILABLE],
  [Reason.banned, NOT_AUTHORIZED],
  [Reason.badAuthenticationMethod, NOT_AUTHORIZED],
  [Reason.quotaExceeded, SERVER_UNAVAILABLE],
  [Reason.useAnotherServer, SERVER_UNAVAILABLE],
  [Reason.serverMoved, SERVER_UNAVAILABLE],
  [Reason.connectionRateExceeded, SERVER_UNAVAILABLE],
]);

function carriers(code: ReasonCode, sender: Side): readonly PacketTypeName[] {
  const names = PACKET_TYPES.flatMap((fact) => (fact === undefined ? [] : [fact.name]));
  return names.filter((name) => reasonCodeAllowed(code, name, sender));
}

/** In the order of their values. [5:2.4] */
export const REASON_CODES: readonly ReasonCodeFact[] = Object.values(Reason).map((code) => ({
  code,
  title: reasonTitle(code),
  fromClient: carriers(code, 'client'),
  fromServer: carriers(code, 'server'),
  returnCode: AS_RETURN_CODE.get(code),
}));

const BY_CODE: readonly (ReasonCodeFact | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  REASON_CODES.find((fact) => fact.code === code),
);

/** The fact of a reason code; undefined for a value that MQTT 5 does not define. */
export function reasonCodeFact(code: number): ReasonCodeFact | undefined {
  return BY_CODE[code];
}
