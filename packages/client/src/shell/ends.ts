// How a client ends, in the words of its parts: what follows an end, and what whoever waits is told of one. Decides nothing.

import { MqttError } from '@anax/protocol';
import type { CloseCode, CloseReason } from '../errors.ts';
import type { DisconnectRequest } from '../phase.ts';
import { Reconnect, reconnectLimits } from '../reconnect.ts';
import { backOff } from '../reconnect-policy.ts';
import type { ClientOptions } from './options.ts';

export function reconnectOf({ reconnect = true, waitForConnection = true }: ClientOptions): Reconnect {
  if (reconnect === false) return new Reconnect(reconnectLimits({}), undefined);
  const { policy, random = Math.random, ...given } = reconnect === true ? {} : reconnect;
  const limits = reconnectLimits(waitForConnection ? given : { ...given, initially: true });
  return new Reconnect(limits, policy ?? backOff(limits, random));
}

/** Why a client ends whose application asks for it. */
export function leaving({ reasonCode = 0 }: DisconnectRequest): CloseReason {
  return { code: 'disconnected', reasonCode, properties: undefined, error: undefined };
}

/** What whoever waits is told of an end. */
export function errorOf({ error }: CloseReason): MqttError {
  return error ?? new MqttError('disconnected', 'this client has disconnected');
}

export function undialled(cause: unknown): CloseReason {
  const error =
    cause instanceof MqttError
      ? cause
      : new MqttError('unreachable', `the server could not be found: ${String(cause)}`, {}, { cause });
  return { code: error.code as CloseCode, reasonCode: undefined, properties: undefined, error };
}
