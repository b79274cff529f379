// Why there is no connection, or no longer, in sentences: what happened, what the broker said, what to try.
// Owns the words; decides no exit code.

import { type CloseCode, ConnectionRefusedError, type Target, targetText } from '@anax/client';
import { MqttError, Reason, type ReasonCode, reasonTitle } from '@anax/protocol';
import type { Connecting } from './connect-options.ts';

/** `0x87 Not authorized`, or in 3.x the return code: `5 Not authorized`. */
export function reasonText(reasonCode: ReasonCode, returnCode?: number): string {
  const code = returnCode ?? `0x${reasonCode.toString(16).padStart(2, '0')}`;
  return `${code} ${reasonTitle(reasonCode, 'connack')}`;
}

/** Whether the connection, and not a wrong option, is the matter. */
export function isConnectionFailure(error: unknown): error is MqttError & { readonly code: CloseCode } {
  return error instanceof MqttError && Object.hasOwn(TRY, error.code);
}

/** What an error says, and the clause behind it. */
export function saidOf({ message, clause }: MqttError): string {
  return clause ? `${message} ${clause}` : message;
}

export function failureLines(error: MqttError, { target, dialect }: Connecting): readonly string[] {
  if (error instanceof ConnectionRefusedError) return refusalLines(error, target);
  if (error.code === 'aborted') return ['stopped before it was done'];
  const advice = TRY[error.code as CloseCode];
  const said = saidOf(error);
  if (advice === undefined) return [said];
  return [said, advice.replace('{target}', targetText(target)).replace('{version}', dialect.name)];
}

function refusalLines(error: ConnectionRefusedError, target: Target): readonly string[] {
  const { reasonCode, returnCode, reasonString, serverReference } = error;
  const lines = [`${targetText(target)} refused the connection: ${reasonText(reasonCode, returnCode)}`];
  if (reasonString !== undefined) lines.push(`it says: ${reasonString}`);
  if (serverReference !== undefined) lines.push(`it refers to: ${serverReference}`);
  const advice = TRY_BY_REASON.get(reasonCode);
  if (advice !== undefined) lines.push(`try: ${advice}`);
  return lines;
}

/** What `--json` says of it. */
export function failureFacts(error: MqttError): Readonly<Record<string, unknown>> {
  const { code, reasonCode, message, clause } = error;
  const reason = reasonCode === undefined ? undefined : reasonTitle(reasonCode);
  const facts = { code, message, reasonCode, reason, clause: clause === '' ? undefined : clause };
  if (!(error instanceof ConnectionRefusedError)) return { event: 'failed', ...facts };
  const { returnCode, reasonString, serverReference, properties } = error;
  const { userProperties } = properties;
  const advice = TRY_BY_REASON.get(error.reasonCode);
  return {
    event: 'refused',
    ...facts,
    returnCode,
    reasonString,
    serverReference,
    userProperties,
    try: advice,
  };
}

/** What may help; nothing where the sentence before says it all. */
const TRY: Readonly<Record<CloseCode, string | undefined>> = {
  disconnected: undefined,
  'connection-refused': undefined,
  'server-disconnected': undefined,
  'connection-lost': 'is an MQTT {version} broker at {target}? --mqtt-version sets another version',
  'connect-timeout': 'is an MQTT broker at {target}? --connect-timeout waits longer',
  'keep-alive-timeout': 'is the network or the broker down?',
  'protocol-violation': 'what came can be seen with --explain',
  'no-authenticator':
    'the broker wants an exchange of --authentication-method that anax cannot have; those of SCRAM it can',
  'authentication-failed': undefined,
  'server-not-authenticated': 'is this the broker that you mean? somebody else may be in its place',
  aborted: undefined,
  'host-not-found': 'check --hostname',
  unreachable: 'is a broker listening at {target}? `anax broker` starts one; --hostname and --port say where',
  'store-failed': undefined,
  'invalid-server-reference': undefined,
  'reconnect-failed': undefined,
  'redirect-loop': undefined,
  'take-over-loop': 'another --client-id, or end the other client',
};

const SERVER_LATER = 'again later';
const OTHER_SERVER = 'that server, with --hostname and --port';

const TRY_BY_REASON: ReadonlyMap<ReasonCode, string> = new Map<ReasonCode, string>([
  [Reason.unsupportedProtocolVersion, 'another --mqtt-version'],
  [Reason.clientIdentifierNotValid, 'another --client-id, or a new session (without --no-clean)'],
  [Reason.badUserNameOrPassword, 'another --username or --password'],
  [Reason.notAuthorized, 'a --username and --password that may connect, or another --client-id'],
  [Reason.badAuthenticationMethod, 'another --authentication-method, or none'],
  [Reason.serverUnavailable, SERVER_LATER],
  [Reason.serverBusy, SERVER_LATER],
  [Reason.quotaExceeded, SERVER_LATER],
  [Reason.connectionRateExceeded, SERVER_LATER],
  [Reason.banned, 'asking who runs the broker'],
  [Reason.packetTooLarge, 'a shorter will or fewer user properties'],
  [Reason.topicNameInvalid, 'another --will-topic'],
  [Reason.payloadFormatInvalid, 'the will without --will-payload-format-indicator'],
  [Reason.retainNotSupported, 'the will without --will-retain'],
  [Reason.qosNotSupported, 'a lower --will-qos'],
  [Reason.useAnotherServer, OTHER_SERVER],
  [Reason.serverMoved, OTHER_SERVER],
]);
