// AUTH on an open connection: re-authentication, by the method of CONNECT only. [5:4.12.1]

import { type AuthPacket, Reason } from '@anax/protocol';
import type { ExchangeStep } from '../../access/access.ts';
import { authPacket } from '../authentication.ts';
import type { Open } from '../open.ts';

export function onAuth(open: Open, packet: AuthPacket): void {
  const method = open.authenticationMethod;
  if (method === undefined || packet.properties.authenticationMethod !== method) {
    return open.refuse(
      Reason.protocolError,
      method === undefined
        ? 'AUTH although CONNECT named no Authentication Method'
        : 'AUTH with another Authentication Method than CONNECT',
      '[5:MQTT-4.12.0-7] [5:MQTT-4.12.1-1]',
    );
  }
  if (packet.reasonCode === Reason.reAuthenticate) {
    const { session, link, context } = open;
    open.exchange = context.methods.get(method)?.({
      clientId: session.clientId,
      userName: session.owner,
      password: undefined,
      address: link.wire.address,
      loopback: false,
      dialect: link.dialect,
    });
  }
  const { exchange } = open;
  if (exchange === undefined) {
    return open.refuse(Reason.protocolError, 'AUTH continues what was not begun', '[5:4.12.1]');
  }
  ask(open, () => exchange.step(packet.properties.authenticationData));
}

function ask(open: Open, question: () => ExchangeStep | Promise<ExchangeStep>): void {
  let answer: ExchangeStep | Promise<ExchangeStep>;
  try {
    answer = question();
  } catch {
    return failed(open);
  }
  if (!(answer instanceof Promise)) return stepped(open, answer);
  const { link, context } = open;
  link.wire.pause();
  const finish = (what: () => void): void => {
    link.wire.resume();
    if (open.session.link === link) what();
  };
  context.later(
    answer,
    (step) => finish(() => stepped(open, step)),
    () => finish(() => failed(open)),
  );
}

function stepped(open: Open, step: ExchangeStep): void {
  const method = open.authenticationMethod;
  if ('continue' in step) return open.send(authPacket(Reason.continueAuthentication, method, step.continue));
  open.exchange = undefined;
  if ('refused' in step) return open.refuse(step.refused.reasonCode, step.refused.text, '[5:MQTT-4.12.1-2]');
  if (step.accepted.userName !== open.session.owner) {
    return open.refuse(Reason.notAuthorized, 're-authentication as somebody else', '[5:MQTT-4.12.1-2]');
  }
  open.permissions = step.accepted.permissions;
  open.send(authPacket(Reason.success, method, step.data));
}

function failed(open: Open): void {
  open.refuse(Reason.unspecifiedError, 'the authentication could not be carried out', '[5:MQTT-4.12.1-2]');
}
