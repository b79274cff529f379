// What the smallest ready file has: a client of MQTT 5.0 over WebSocket. `tools/bundle` leaves out of it what only the
// other dialects need, and the sentences of errors.

export { MqttError } from '@anax/protocol';
export { ConnectionRefusedError } from '../errors.ts';
export { Message } from '../message.ts';
export { Client } from '../shell/client.ts';
export { Subscription } from '../shell/subscription.ts';
export { connect } from './connect.ts';
