// The errors of the file that loads the whole client.

export { ConnectionRefusedError, MqttError, RefusedError, UndecodableError } from './client.min.js';
