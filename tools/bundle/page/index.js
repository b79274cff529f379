// The entrance of the file for pages: its clients, or those of the whole file where options ask for more than it has.

import { told } from '../../../protocol/dist/spec/fault.js';
import { open as openHere } from '../shell/open.js';
import { connect as connectHere } from './connect.js';

export { MqttError } from '@anax/protocol';
export { bytes, json, text } from '../codecs.js';
export { Message } from '../message.js';
export { Client } from '../shell/client.js';
export { Subscription } from '../shell/subscription.js';
export { ConnectionRefusedError, RefusedError, UndecodableError } from '../typed-errors.js';

export const connect = (to, options) => opened('connect', connectHere, options, [to, options]);
export const open = (dial, options, watch) => opened('open', openHere, options, [dial, options, watch]);

async function opened(name, here, options, given) {
  try {
    const way = asksForMore(options) ? (await import('./client.whole.min.js'))[name] : here;
    return await way(...given);
  } catch (error) {
    await told(error);
    throw error;
  }
}

function asksForMore({ dialect = '5.0', authenticator, trace, outbox, reconnect, properties } = {}) {
  return (
    dialect !== '5.0' ||
    authenticator ||
    trace ||
    outbox?.store ||
    reconnect?.redirectsMax ||
    properties?.authenticationMethod ||
    properties?.authenticationData
  );
}
