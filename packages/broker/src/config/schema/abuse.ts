// How much one peer may ask for: the key `abuse`.

import { z } from 'zod';
import { type AbuseLimits, DEFAULT_ABUSE_LIMITS as D } from '../../abuse/limits.ts';
import { parseNetwork } from '../../network.ts';
import { anyBytes, count, milliseconds } from './values.ts';

const RANGE = 'an address or a range of them such as 192.0.2.0/24 or 2001:db8::/32';
const range = z.string(RANGE).refine((text) => parseNetwork(text) !== undefined, RANGE);

export const abuseKeys = {
  abuse: z
    .strictObject({
      exempt: z
        .array(range)
        .default([...D.exempt])
        .describe(
          'addresses and ranges of them to which no limit by address applies: this machine, your own load balancers',
        ),
      address: z
        .strictObject({
          connectionsMax: count()
            .default(D.addressConnectionsMax)
            .describe('connections of one address at once (IPv6: of one /64); one more is closed at once'),
          connectingMax: count()
            .default(D.addressConnectingMax)
            .describe('of those, the ones that have not made their MQTT connection yet'),
          perSecondMax: count()
            .default(D.addressConnectionsPerSecondMax)
            .describe('new connections of one address a second, over time; one more is closed at once'),
          burst: count(1)
            .default(D.addressConnectionsBurst)
            .describe('new connections of one address that may come at once'),
          idleMax: count(1)
            .default(D.addressesIdleMax)
            .describe('addresses without a connection that are remembered; the longest idle is forgotten'),
        })
        .prefault({}),
      logins: z
        .strictObject({
          perAddressMax: count()
            .default(D.loginFailuresPerAddressMax)
            .describe('failed logins from one address within the window, after which it is banned: 0x8A'),
          perUserMax: count()
            .default(D.loginFailuresPerUserMax)
            .describe(
              'failed logins with one user name within the window, after which it may be tried once a second; more get 0x9F. Where it was let in within a day it always may',
            ),
          window: milliseconds.default(D.loginWindowMs).describe('how long failed logins are counted'),
          banFor: milliseconds.default(D.loginBanMs).describe('how long an address is banned'),
        })
        .prefault({}),
      flapping: z
        .strictObject({
          connectsMax: count()
            .default(D.flappingConnectsMax)
            .describe(
              'connections that one client makes within the window, after which its client identifier, with its user name or its address, is banned: 0x8A',
            ),
          window: milliseconds.default(D.flappingWindowMs).describe('how long connections are counted'),
          banFor: milliseconds.default(D.flappingBanMs).describe('how long it is banned'),
        })
        .prefault({}),
      bansMax: count(1)
        .default(D.bansMax)
        .describe('bans that the broker makes by itself; the oldest is lifted. As many of operators'),
      messages: z
        .strictObject({
          perSecondMax: count()
            .default(D.messagesPerSecondMax)
            .describe(
              'packets of one client a second, over time, that ask for something: all but answers. More are read later; who goes on gets 0x96',
            ),
          burst: count()
            .default(D.messagesBurst)
            .describe('such packets at once; 0 is as many as in a second'),
        })
        .prefault({}),
      bytes: z
        .strictObject({
          perSecondMax: count()
            .default(D.bytesPerSecondMax)
            .describe('bytes of one client a second, over time. More are read later; who goes on gets 0x97'),
          burst: count().default(D.bytesBurst).describe('bytes at once; 0 is as many as in a second'),
        })
        .prefault({}),
      slowdownMax: milliseconds
        .default(D.slowdownMaxMs)
        .describe(
          'how long a client may be slowed down without a pause before it is put out; 0 never puts it out',
        ),
      memory: z
        .strictObject({
          max: anyBytes()
            .default(D.memoryBytesMax)
            .describe(
              'memory that the process may use before the clients that hold most of it have to give it back; 0 is half of what the machine, or its container, has',
            ),
          policy: z
            .enum(['disconnect', 'drop-queue'], 'one of disconnect, drop-queue')
            .default(D.memoryPolicy)
            .describe(
              'what those clients lose: `disconnect`: what waits for them and is not stored, and their connection (0x97); `drop-queue`: their connection only where nothing waits',
            ),
        })
        .prefault({}),
    })
    .prefault({}),
};

const keys = z.strictObject(abuseKeys);

export function abuseLimits({ abuse }: z.output<typeof keys>): AbuseLimits {
  const { address, logins, flapping, messages, bytes } = abuse;
  return {
    exempt: abuse.exempt,
    addressConnectionsMax: address.connectionsMax,
    addressConnectingMax: address.connectingMax,
    addressConnectionsPerSecondMax: address.perSecondMax,
    addressConnectionsBurst: address.burst,
    addressesIdleMax: address.idleMax,
    loginFailuresPerAddressMax: logins.perAddressMax,
    loginFailuresPerUserMax: logins.perUserMax,
    loginWindowMs: logins.window,
    loginBanMs: logins.banFor,
    flappingConnectsMax: flapping.connectsMax,
    flappingWindowMs: flapping.window,
    flappingBanMs: flapping.banFor,
    bansMax: abuse.bansMax,
    messagesPerSecondMax: messages.perSecondMax,
    messagesBurst: messages.burst,
    bytesPerSecondMax: bytes.perSecondMax,
    bytesBurst: bytes.burst,
    slowdownMaxMs: abuse.slowdownMax,
    memoryBytesMax: abuse.memory.max,
    memoryPolicy: abuse.memory.policy,
  };
}
