// Enhanced authentication and AUTH. [5:4.12] [5:3.15]

import { type AuthPacket, encodePacket, MQTT_5_0, NO_PROPERTIES, Reason, utf8Bytes } from '@anax/protocol';
import { auth, type Exchanged, exchange, opening, type Said } from '../wire/authenticating.ts';
import { Broken, must, Unsuitable } from '../wire/broken.ts';
import { fromHex, joined } from '../wire/bytes.ts';
import type { Peer } from '../wire/peer.ts';
import type { Check, ConnectInput, Context } from './check.ts';

/** Nobody's method, and nobody's answer. */
const UNKNOWN_METHOD = 'anax-conform-no-such-method';
const WRONG = utf8Bytes('anax-conform: this is wrong');

function saidIn({ facts }: Context): Said {
  const { authentication } = facts;
  if (authentication === undefined) throw new Unsuitable('skipped', 'needs --authentication-method');
  return authentication;
}

/** The same with something wrong in its last step. */
function wrongly(said: Said): Said {
  const { method, data, answers } = said;
  if (answers.length === 0) return { method, data: WRONG, answers };
  return { method, data, answers: [...answers.slice(0, -1), WRONG] };
}

async function begun({ open, connectPacket }: Context, said: Said, more: ConnectInput = {}): Promise<Peer> {
  const peer = await open();
  const properties = { ...opening(said), ...more.properties };
  peer.send(connectPacket({ ...more, properties }));
  return peer;
}

/** A connection that was made by the method. */
async function authenticated(context: Context): Promise<{ readonly peer: Peer } & Exchanged> {
  const said = saidIn(context);
  const peer = await begun(context, said);
  const exchanged = await exchange(peer, said);
  const code = exchanged.connack?.reasonCode;
  const seen = code === undefined ? 'the broker closed' : `0x${code.toString(16)}`;
  must(code === 0, `CONNACK of success after the exchange of ${said.method}`, seen);
  return { peer, ...exchanged };
}

/** The first AUTH that the broker sends; Unsuitable where its method needs none. */
async function firstAuth(
  context: Context,
  more: ConnectInput = {},
): Promise<{ peer: Peer; packet: AuthPacket }> {
  const said = saidIn(context);
  if (said.answers.length === 0)
    throw new Unsuitable('skipped', 'needs a method with more than one step: --authentication-answer');
  const peer = await begun(context, said, more);
  return { peer, packet: await peer.expect('auth') };
}

/** Re-authenticates to the end; gives the AUTHs that came, or undefined where the broker closed. */
async function again(peer: Peer, said: Said): Promise<readonly AuthPacket[] | undefined> {
  const auths: AuthPacket[] = [];
  peer.send(auth(Reason.reAuthenticate, said.method, said.data));
  for (const answer of [...said.answers, undefined]) {
    const came = await peer.expect('auth', { what: 'AUTH, or a close' }).catch((error: unknown) => {
      if (error instanceof Broken && peer.closed && peer.fault === undefined) return undefined;
      throw error;
    });
    if (came === undefined) return undefined;
    auths.push(came);
    if (came.reasonCode === Reason.success) return auths;
    if (answer !== undefined) peer.send(auth(Reason.continueAuthentication, said.method, answer));
  }
  throw new Unsuitable('skipped', 'the broker asks more often than --authentication-answer answers');
}

/** A connection on which AUTH might be sent: made by the method where one is known. */
async function readyForAuth(context: Context): Promise<{ readonly peer: Peer; readonly method: string }> {
  const { authentication } = context.facts;
  if (authentication === undefined) return { peer: await context.connect(), method: 'M1' };
  return { peer: (await authenticated(context)).peer, method: authentication.method };
}

export const AUTH: readonly Check[] = [
  {
    name: 'auth/unknown-method',
    proves: '[5:MQTT-4.12.0-1]',
    sentence: 'an Authentication Method that the broker has not got closes the connection',
    async run(context) {
      const peer = await begun(context, { method: UNKNOWN_METHOD, answers: [] });
      const allowed = [Reason.badAuthenticationMethod, Reason.notAuthorized];
      await peer.expectClosed(allowed, 'the broker closes: it has not got this Authentication Method');
      const connack = peer.takeAll('connack').at(0);
      must((connack?.reasonCode ?? 0x80) >= 0x80, 'a refusal in CONNACK, if one comes', 'CONNACK of success');
    },
  },
  {
    name: 'auth/none-asked-for',
    proves: '[5:MQTT-4.12.0-6]',
    sentence: 'without an Authentication Method in CONNECT there is none in CONNACK, and no AUTH comes',
    async run({ connect }) {
      const peer = await connect();
      const { authenticationMethod } = peer.connack.properties;
      must(authenticationMethod === undefined, 'CONNACK without Authentication Method', 'one with it');
      await peer.fence();
      must(!peer.packets.some(({ type }) => type === 'auth'), 'no AUTH', 'AUTH');
    },
  },
  {
    name: 'auth/continues-with-0x18',
    proves: '[5:MQTT-4.12.0-2]',
    sentence: 'a broker that needs another step sends AUTH with reason code 0x18',
    needs: ['authentication'],
    async run(context) {
      const { packet } = await firstAuth(context);
      const seen = `0x${packet.reasonCode.toString(16)}`;
      must(packet.reasonCode === Reason.continueAuthentication, 'AUTH 0x18 behind CONNECT', `AUTH ${seen}`);
    },
  },
  {
    name: 'auth/same-method',
    proves: '[5:MQTT-4.12.0-5]',
    sentence: 'every AUTH and CONNACK of an exchange carry the Authentication Method of CONNECT',
    needs: ['authentication'],
    async run(context) {
      const said = saidIn(context);
      const { peer, auths, connack } = await authenticated(context);
      const more = (await again(peer, said)) ?? [];
      for (const packet of [...auths, ...(connack === undefined ? [] : [connack]), ...more]) {
        const { authenticationMethod: method } = packet.properties;
        const what = `${packet.type.toUpperCase()} with the Authentication Method ${JSON.stringify(said.method)}`;
        must(method === said.method, what, method === undefined ? 'one without' : JSON.stringify(method));
      }
    },
  },
  {
    name: 'auth/refused',
    proves: '[5:MQTT-4.12.0-4]',
    sentence: 'a step that fails closes the connection, and CONNACK before that, if there is one, says so',
    needs: ['authentication'],
    async run(context) {
      const said = wrongly(saidIn(context));
      const peer = await begun(context, said);
      const { connack } = await exchange(peer, said);
      if (connack?.reasonCode === 0)
        throw new Unsuitable('skipped', 'the method takes whatever is said: it cannot fail');
      await peer.expectClosed(undefined, 'the broker closes: authentication failed');
    },
  },
  {
    name: 'auth/re-authentication-refused',
    proves: '[5:MQTT-4.12.1-2]',
    sentence: 'a re-authentication that fails closes the connection',
    needs: ['authentication'],
    async run(context) {
      const { peer } = await authenticated(context);
      if ((await again(peer, wrongly(saidIn(context)))) !== undefined)
        throw new Unsuitable('skipped', 'the method takes whatever is said: it cannot fail');
      await peer.expectClosed(undefined, 'the broker closes: re-authentication failed');
    },
  },
  {
    name: 'auth/reserved-flags',
    proves: '[5:MQTT-3.15.1-1]',
    sentence: 'AUTH with a reserved bit of its first byte set closes the connection',
    async run(context) {
      const { peer, method } = await readyForAuth(context);
      const bytes = encodePacket(auth(Reason.reAuthenticate, method, undefined), MQTT_5_0);
      peer.send(joined([0xf1], bytes.subarray(1)));
      await peer.expectClosed([Reason.malformedPacket, Reason.protocolError]);
    },
  },
  {
    name: 'auth/reason-codes',
    proves: '[5:MQTT-3.15.2-1]',
    sentence:
      'AUTH with a reason code that a client may not send, or that there is not, closes the connection',
    async run(context) {
      for (const code of ['00', '17', '80']) {
        const { peer, method } = await readyForAuth(context);
        const bytes = encodePacket(auth(Reason.reAuthenticate, method, undefined), MQTT_5_0);
        peer.send(joined(bytes.subarray(0, 2), fromHex(code), bytes.subarray(3)));
        const codes = [Reason.malformedPacket, Reason.protocolError];
        await peer.expectClosed(codes, `the broker closes: AUTH with reason code 0x${code}`);
      }
    },
  },
  {
    name: 'auth/no-reason-string-too-large',
    proves: '[5:MQTT-3.15.2-2]',
    sentence: 'AUTH leaves out its Reason String where the client takes no packet of that size',
    needs: ['authentication'],
    run: (context) => fits(context),
  },
  {
    name: 'auth/no-user-properties-too-large',
    proves: '[5:MQTT-3.15.2-3]',
    sentence: 'AUTH leaves out its User Properties where the client takes no packet of that size',
    needs: ['authentication'],
    run: (context) => fits(context),
  },
];

/** AUTH, to a client that takes as much as it has without what may be left out, and no more. */
async function fits(context: Context): Promise<void> {
  const { packet } = await firstAuth(context);
  const { reasonString, userProperties, ...properties } = packet.properties;
  const bare = encodePacket({ ...packet, properties: { ...NO_PROPERTIES, ...properties } }, MQTT_5_0);
  const said = saidIn(context);
  const peer = await begun(context, said, { properties: { maximumPacketSize: bare.length } });
  await peer.expect('auth', { what: `AUTH of at most ${bare.length} bytes` });
  const size = peer.frames.at(0)?.length ?? 0;
  must(size <= bare.length, `AUTH of at most ${bare.length} bytes, the Maximum Packet Size`, `${size} bytes`);
}
