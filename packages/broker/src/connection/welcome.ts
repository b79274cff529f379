// Somebody is known: from the acceptance to CONNACK, the session, and what it is owed. What can still refuse is asked
// before anything has happened. Owns no state: the connection that is being opened keeps it.

import { type ConnackPacket, type ConnectPacket, Reason } from '@anax/protocol';
import type { Acceptance, Credentials, Refusal } from '../access/access.ts';
import { assignedClientId } from '../access/client-id.ts';
import { isCurrent, type Login, loginOf, permissionsOf } from '../access/login.ts';
import { Link, type Wire } from '../hub/link.ts';
import type { Note } from '../hub/notes.ts';
import type { Session } from '../hub/session.ts';
import { pendingWill, willNotAllowed } from './admit.ts';
import type { Context } from './context.ts';
import { Expiry } from './expiry.ts';
import { connackProperties, connectedEvent, type Negotiated, negotiate } from './negotiate.ts';
import { LOGIN_EXPIRED, Open, type Refuse } from './open.ts';
import { isSendable, NOT_OPENED } from './refusal.ts';

/** The connection that is being opened. */
export interface Opening {
  readonly context: Context;
  readonly wire: Wire;
  readonly credentials: Credentials;
  /** It is open from here on: what the hub does next may end it. */
  readonly opened: (open: Open) => void;
  readonly note: (event: Note['event'], text: string, facts: Partial<Note>) => void;
  readonly end: Link['end'];
  readonly refuse: Refuse;
  readonly leave: Open['leave'];
}

/** Opens a connection, or says why not. CONNACK is sent only once. [5:MQTT-3.2.0-2] */
export function welcome(
  opening: Opening,
  connect: ConnectPacket,
  accepted: Acceptance,
  data: Uint8Array | undefined,
  now: number,
): Refusal | undefined {
  const { context, wire, credentials } = opening;
  const { hub, limits } = context;
  const { dialect } = connect;
  hub.journal.begin();
  // [5:MQTT-3.1.3-7]
  const assigned = connect.clientId === '' ? unusedClientId(context) : undefined;
  const clientId = assigned ?? connect.clientId;
  if (!isCurrent(accepted, now)) return LOGIN_EXPIRED;
  const login = loginOf(credentials, accepted, clientId, context);
  const rights = permissionsOf(login, context);
  const refused = willNotAllowed(connect, rights);
  if (refused !== undefined) return refused;
  const { userName } = accepted;
  const flapping = context.guard.letIn({ clientId, userName, address: wire.address }, credentials, now);
  if (flapping !== undefined) return flapping;
  const negotiated = negotiate(connect, limits);
  const connack: ConnackPacket = {
    type: 'connack',
    sessionPresent: false,
    reasonCode: Reason.success,
    properties: connackProperties(connect, negotiated, limits, assigned, data),
  };
  if (!isSendable(connack, dialect, negotiated.maximumPacketSize)) {
    const text = 'the CONNACK of this connection is larger than it may be';
    return { reasonCode: Reason.packetTooLarge, text };
  }
  const found = hub.open(
    {
      clientId,
      owner: userName,
      rights,
      login,
      cleanStart: connect.cleanStart,
      expirySeconds: negotiated.sessionExpirySeconds,
      will: pendingWill(connect, clientId),
    },
    now,
  );
  if (found === 'belongs-to-another' || found === 'too-many-sessions') return NOT_OPENED[found];
  const { maximumPacketSize, topicAliasMaximum } = negotiated;
  const link = new Link(wire, dialect, maximumPacketSize, topicAliasMaximum, opening.end);
  // [5:MQTT-3.1.4-5] [5:MQTT-3.2.0-1] [5:MQTT-3.2.2-2] [5:MQTT-3.2.2-3]
  // [3.1.1:MQTT-3.1.4-4] [3.1.1:MQTT-3.2.0-1] [3.1.1:MQTT-3.2.2-1] [3.1.1:MQTT-3.2.2-2] [3.1.1:MQTT-3.2.2-3]
  hub.journal.promise(wire);
  link.send({ ...connack, sessionPresent: found.present });
  opening.opened(openOf(opening, connect, login, link, found.session, negotiated));
  hub.attach(found.session, link, negotiated.receiveMaximum, now);
  const resumed = found.present ? ', session resumed' : '';
  opening.note('client-connected', `connected with MQTT ${dialect.name}${resumed}`, { clientId });
  hub.events['client-connected']?.(connectedEvent(connect, login, negotiated, found.present));
  return undefined;
}

function openOf(
  { context, credentials, refuse, leave, end }: Opening,
  connect: ConnectPacket,
  { userName, accepted }: Login,
  link: Link,
  session: Session,
  negotiated: Negotiated,
): Open {
  const { reasonCode, text } = LOGIN_EXPIRED;
  const expiry = new Expiry(context.hub.wheel, (now) => {
    context.hub.counters.loginsExpired += 1;
    end(reasonCode, text, now);
  });
  expiry.set(accepted.expiresAt);
  return new Open({
    context,
    link,
    session,
    negotiated,
    expiry,
    authenticationMethod: connect.properties.authenticationMethod,
    credentials: { ...credentials, clientId: session.clientId, userName, password: undefined },
    voucher: accepted.voucher,
    refuse,
    leave,
  });
}

/** [5:MQTT-3.1.3-6] [3.1.1:MQTT-3.1.3-6] */
function unusedClientId({ hub, random }: Context): string {
  let id = assignedClientId(random);
  while (hub.session(id) !== undefined) id = assignedClientId(random);
  return id;
}
