// What those who embed the broker have to say about each PUBLISH and SUBSCRIBE, beside the permissions of the login: both
// must say yes.

import type { QoS, TopicName } from '@anax/protocol';
import type { Permissions } from './access.ts';

/** Who does something, as far as it is known once somebody is let in. */
export interface Client {
  readonly clientId: string;
  /** Undefined for an anonymous client. */
  readonly userName: string | undefined;
  readonly address: string;
}

/** Asked on the packet path, so it answers at once; whoever throws, or answers anything but true, says no. */
export interface Authorizer {
  readonly mayPublish?: (client: Client, topic: string, qos: QoS, retain: boolean) => boolean;
  readonly maySubscribe?: (client: Client, topicFilter: string) => boolean;
}

/** The permissions of one client on one connection; like all of them they may throw, which is a no. */
export function authorized(
  permissions: Permissions,
  { clientId, userName, address }: Client,
  { mayPublish, maySubscribe }: Authorizer = {},
): Permissions {
  if (mayPublish === undefined && maySubscribe === undefined) return permissions;
  const client = Object.freeze({ clientId, userName, address });
  return {
    mayPublish: (topic, qos, retain) =>
      permissions.mayPublish(topic, qos, retain) === true &&
      (mayPublish === undefined || mayPublish(client, topic, qos, retain)),
    maySubscribe: (filter, qos) =>
      permissions.maySubscribe(filter, qos) === true &&
      (maySubscribe === undefined || maySubscribe(client, filter)),
    ...(permissions.mayReceive === undefined
      ? {}
      : { mayReceive: (topic: TopicName) => permissions.mayReceive?.(topic) === true }),
  };
}
