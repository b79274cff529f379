// What the broker speaks and announces, learnt before anything is judged.

import { DIALECTS, type Dialect, RETURN_CODES, Reason, reasonTitle } from '@anax/protocol';
import type { Announced, BrokerFacts } from '../checks/check.ts';
import { Broken, Unreachable } from '../wire/broken.ts';
import type { Dial } from '../wire/dial.ts';
import { Peer } from '../wire/peer.ts';
import type { Waits } from '../wire/waits.ts';
import { announcedIn, connectPacketOf } from './connecting.ts';
import type { ProtocolFacts } from './model.ts';

/** Refusals that say nothing of the version: whoever runs the audit has to do something. */
const NOT_LET_IN: readonly number[] = [Reason.badUserNameOrPassword, Reason.notAuthorized, Reason.banned];

export interface Probed extends ProtocolFacts {
  readonly spoken: Dialect;
}

/** Tries each dialect with a plain connection. @throws Unreachable where there is no broker, or it lets nobody in. */
export async function probe(
  dial: Dial,
  facts: BrokerFacts,
  waits: Waits,
  unique: string,
  dialects: readonly Dialect[] = DIALECTS,
): Promise<readonly Probed[]> {
  const found: Probed[] = [];
  for (const dialect of dialects) {
    const answer = await probeOne(dial, dialect, facts, waits, `${unique}p${dialect.protocolLevel}`);
    const refused = typeof answer === 'string' ? answer : undefined;
    const announced = typeof answer === 'string' ? undefined : answer;
    found.push({ dialect: dialect.name, spoken: dialect, refused, announced });
  }
  return found;
}

async function probeOne(
  dial: Dial,
  dialect: Dialect,
  facts: BrokerFacts,
  waits: Waits,
  clientId: string,
): Promise<Announced | string> {
  const peer = new Peer(await dial(), { dialect, waits, label: 'probe' });
  try {
    peer.send(connectPacketOf(dialect, facts, clientId, {}));
    const connack = await peer.expect('connack');
    const { reasonCode } = connack;
    if (reasonCode === Reason.success) return announcedIn(connack, dialect);
    const code = `0x${reasonCode.toString(16)} ${reasonTitle(reasonCode)}`;
    if (NOT_LET_IN.includes(reasonCode)) {
      throw new Unreachable(
        `the broker lets this audit not in: ${code} (--username and --password give credentials)`,
      );
    }
    return `CONNECT was refused: ${code}`;
  } catch (error) {
    if (error instanceof Broken) {
      return refusedAsBefore5(peer) ?? `CONNECT got no CONNACK: ${error.seen}`;
    }
    throw error;
  } finally {
    peer.cut();
  }
}

/** What a server says that knows nothing of 5.0: a CONNACK in the form of 3.1.1, with a return code. [3.1.1:MQTT-3.1.2-2] */
function refusedAsBefore5({ frames, dialect }: Peer): string | undefined {
  const [first, size, , returnCode = 0] = frames[0] ?? [];
  if (!dialect.reasonCodes || first !== 0x20 || size !== 2 || returnCode === 0) return undefined;
  const code = RETURN_CODES[returnCode];
  const title = code === undefined ? '' : ` ${reasonTitle(code)}`;
  return `CONNECT was refused in the form of MQTT 3.1.1: return code 0x0${returnCode.toString(16)}${title}`;
}
