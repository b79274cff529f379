// AUTH on an open connection: re-authentication, by the method of CONNECT only. [5:4.12.1]
// Other packets go on meanwhile, with the permissions there were.

import { type AuthPacket, Reason } from '@anax/protocol';
import type { ExchangeFactory, ExchangeStep } from '../../access/access.ts';
import { isCurrent, loginOf, permissionsOf } from '../../access/login.ts';
import { ask } from '../ask.ts';
import { authPacket } from '../authentication.ts';
import { LOGIN_EXPIRED, type Open } from '../open.ts';

export function onAuth(open: Open, packet: AuthPacket, now: number): void {
  const method = open.authenticationMethod;
  if (method === undefined || packet.properties.authenticationMethod !== method) {
    return open.refuse(
      Reason.protocolError,
      method === undefined
        ? 'AUTH although CONNECT named no Authentication Method'
        : 'AUTH with another Authentication Method than CONNECT',
      '[5:MQTT-4.12.0-7] [5:MQTT-4.12.1-1]',
      now,
    );
  }
  if (open.exchangeBusy) {
    return open.refuse(Reason.protocolError, 'AUTH before the last one was answered', '[5:4.12.1]', now);
  }
  const begins = packet.reasonCode === Reason.reAuthenticate;
  if (!begins && open.exchange === undefined) {
    return open.refuse(Reason.protocolError, 'AUTH continues what was not begun', '[5:4.12.1]', now);
  }
  const factory = open.context.methods.get(method) as ExchangeFactory;
  open.exchangeBusy = ask(
    open.context.later,
    () => {
      const exchange = begins ? factory(open.credentials) : open.exchange;
      open.exchange = exchange;
      return (exchange as NonNullable<typeof exchange>).step(packet.properties.authenticationData?.slice());
    },
    (step: ExchangeStep, at) => stillOpen(open) && stepped(open, step, at),
    (at) => stillOpen(open) && failed(open, at),
    now,
  );
}

/** The answer may come when the connection is gone. */
function stillOpen(open: Open): boolean {
  open.exchangeBusy = false;
  return open.session.link === open.link;
}

function stepped(open: Open, step: ExchangeStep, now: number): void {
  const method = open.authenticationMethod;
  if ('continue' in step) {
    return open.sendForeign(authPacket(Reason.continueAuthentication, method, step.continue), now);
  }
  open.exchange = undefined;
  if ('refused' in step) {
    return open.refuse(step.refused.reasonCode, step.refused.text, '[5:MQTT-4.12.1-2]', now);
  }
  const { voucher } = step.accepted;
  if (voucher !== undefined && !open.context.vouches(voucher, open.credentials)) {
    return open.refuse(Reason.notAuthorized, 'this client is not let in any more', '[5:MQTT-4.12.1-2]', now);
  }
  if (step.accepted.userName !== open.session.owner) {
    return open.refuse(Reason.notAuthorized, 're-authentication as somebody else', '[5:MQTT-4.12.1-2]', now);
  }
  if (!isCurrent(step.accepted, now)) {
    return open.refuse(LOGIN_EXPIRED.reasonCode, LOGIN_EXPIRED.text, '[5:MQTT-4.12.1-2]', now);
  }
  const login = loginOf(open.credentials, step.accepted, open.session.clientId, open.context);
  open.voucher = voucher;
  open.expiry.set(step.accepted.expiresAt);
  open.hub.grant(open.session, permissionsOf(login, open.context), login, now);
  open.sendForeign(authPacket(Reason.success, method, step.data), now);
}

function failed(open: Open, now: number): void {
  open.refuse(
    Reason.unspecifiedError,
    'the authentication could not be carried out',
    '[5:MQTT-4.12.1-2]',
    now,
  );
}
