// Every row of malformed input as a check of its own: what a client may get wrong, and what a server does about it.

import { Decoder, type Dialect, encodePacket, PACKET_BYTES_MAX, RETURN_CODES, Reason } from '@anax/protocol';
import { MALFORMED_ROWS, type MalformedRow } from '../statements/tables.ts';
import { Broken, must } from '../wire/broken.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, Context } from './check.ts';

const TAGS: Readonly<Record<string, string>> = { '3.1': '3.1', '3.1.1': '3.1.1', '5.0': '5' };

/** They say what is sent, and nothing of what becomes of who sends something else: `traffic/well-formed` proves them. */
const OF_SENDERS: readonly string[] = ['MQTT-2.2.2-1', 'MQTT-3.3.1-2', 'MQTT-3.4.2-1', 'MQTT-3.14.2-1'];

export const MALFORMED: readonly Check[] = MALFORMED_ROWS.map((row) => ({
  name: `malformed/${row.name}`,
  proves: provedBy(row),
  sentence: `${row.why}: ${outcomesOf(row)}`,
  run: (context) => runRow(row, context),
}));

/** The statements that the row names; where it names none that binds a receiver, the one on errors as such. */
function provedBy({ why, dialect }: MalformedRow): string {
  const version = TAGS[dialect.name] ?? '';
  const ids = [...why.matchAll(/MQTT-[\d.]+-\d+/g)].map(([id]) => id);
  const named = ids.filter((id) => !OF_SENDERS.includes(id)).map((id) => `[${version}:${id}]`);
  return named.length > 0 ? named.join(' ') : onErrors(dialect);
}

function onErrors(dialect: Dialect): string {
  if (dialect.properties) return '[5:MQTT-4.13.1-1]';
  return dialect.subscribeFailure ? '[3.1.1:MQTT-4.8.0-1]' : '[3.1:3.1]';
}

function outcomesOf({ outcomes }: MalformedRow): string {
  if (outcomes.includes('wait')) return 'the broker waits for more';
  const codes = outcomes.filter((one) => one.startsWith('0x'));
  const filterCodes = outcomes.flatMap((one) => (one.startsWith('suback:') ? [one.slice(7)] : []));
  const told = codes.length === 0 ? '' : ` (with ${codes.join(' or ')}, if it tells why)`;
  const alone = filterCodes.length === 0 ? '' : `, or refuses the filter with ${filterCodes.join(' or ')}`;
  return `the broker closes${told}${alone}`;
}

async function runRow(row: MalformedRow, context: Context): Promise<void> {
  const codes = row.outcomes.filter((one) => one.startsWith('0x')).map(Number);
  // A refusal of the version itself may come in another version.
  const raw = codes.length > 1 && codes.includes(0x01);
  const peer = await context.open(raw ? { raw } : {});
  const packets = row.packets.map((bytes) => asOurs(bytes, context));
  const last = packets.pop();
  if (last === undefined) throw new Error(`${row.name} has no packets`);
  peer.send(...packets);
  if (packets.length > 0) await peer.expect('connack');
  peer.send(last);
  if (row.outcomes.includes('wait'))
    return peer.expectNothing(undefined, { what: 'nothing: the packet is not whole' });
  if (raw) return refusedIn(peer, codes);
  const filterCodes = row.outcomes
    .filter((one) => one.startsWith('suback:'))
    .map((one) => Number(one.slice(7)));
  if (filterCodes.length > 0 && (await refusedFilter(peer, filterCodes))) return;
  await peer.expectClosed(codesOf(row, codes, context), `the broker closes: ${row.why}`);
}

/** A good CONNECT with a client identifier that nobody else uses, and the credentials of the audit. */
function asOurs(bytes: Uint8Array, { clientId, facts }: Context): Uint8Array {
  const decoder = new Decoder({ sender: 'client', maximumPacketSize: PACKET_BYTES_MAX });
  decoder.push(bytes);
  const packet = decoder.next();
  if (packet?.type !== 'connect') return bytes;
  const password = facts.password === undefined ? packet.password : new TextEncoder().encode(facts.password);
  const named = packet.clientId === '' ? '' : clientId();
  return encodePacket(
    { ...packet, clientId: named, userName: facts.userName ?? packet.userName, password },
    packet.dialect,
  );
}

/** That the connection is closed is a MUST; with which of these, where nothing more specific is defined, is not. [5:4.13.1] */
const GENERAL: readonly number[] = [Reason.malformedPacket, Reason.protocolError];

/** The codes that may be told, in the words of MQTT 5; none where the row says that nothing can be told. */
function codesOf(
  { packets, dialect }: MalformedRow,
  codes: readonly number[],
  { facts }: Context,
): readonly number[] {
  const told = dialect.reasonCodes
    ? [...new Set([...codes, ...GENERAL])]
    : codes.map((code) => RETURN_CODES[code] ?? code);
  // A row's CONNECT brings no credentials, and those may be looked at first.
  const credentials = packets.length === 1 && facts.userName !== undefined;
  return credentials ? [...told, Reason.badUserNameOrPassword, Reason.notAuthorized] : told;
}

/** Whether SUBACK refuses the filter alone; false where it does not come. */
async function refusedFilter(peer: Peer, codes: readonly number[]): Promise<boolean> {
  const suback = await peer.expect('suback').catch((error: unknown) => {
    if (error instanceof Broken) return undefined;
    throw error;
  });
  if (suback === undefined) return false;
  const [code = 0] = suback.reasonCodes;
  const allowed = codes.map((one) => `0x${one.toString(16)}`).join(' or ');
  must(codes.includes(code), `a close, or a SUBACK with ${allowed}`, `a SUBACK with 0x${code.toString(16)}`);
  return true;
}

/** Closed, and where a CONNACK came, in whatever version, its code is one of these. */
async function refusedIn(peer: Peer, codes: readonly number[]): Promise<void> {
  await peer.expectClosed();
  const last = peer.frames.at(-1);
  if (last === undefined) return;
  const [first, , , code = 0] = last;
  must(
    first === 0x20 && codes.includes(code),
    `no answer, or CONNACK with ${codes.join(' or ')}`,
    `CONNACK ${code}`,
  );
}
