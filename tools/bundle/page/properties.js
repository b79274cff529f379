// Properties of a client that speaks 5.0, by one small table: in place of `codec/properties.ts` of the protocol, which is
// faster. Reads what a server sends, writes what a client does.

import { MqttError } from '../spec/fault.js';
import { NO_PROPERTIES, PLACES, PROPERTIES } from '../spec/properties.js';
import { isTopicName } from '../topic/index.js';
import { binarySize, stringSize, variableSize } from './output.js';
import { malformed, protocolError, refuse } from './refuse.js';

/** What reads and writes each type; the order is that of `properties.mjs`. Before `text` they are numbers. */
const METHODS = ['uint8', 'uint8', 'uint16', 'uint32', 'variable', 'text', 'topicName', 'binary'];
const MOST = [1, 1, 0xffff, 0xffff_ffff, 0xfff_ffff];
const SIZES = [1, 1, 2, 4];
const BOOLEAN = 0;
const BIT = 1;
const VARIABLE = 4;
const TEXT = 5;
const TOPIC = 6;
const BINARY = 7;
const PAIR = 8;

const BY_ID = [];
const BY_NAME = new Map();
for (const row of PROPERTIES.split(',')) {
  const [name, id, type, places, repeats, nonZero] = row.split(' ');
  BY_ID[id] = { id, name, type: +type, places, repeats, nonZero };
  BY_NAME.set(name, BY_ID[id]);
}

function belongs({ places }, place) {
  return (places >> PLACES.indexOf(place)) & 1;
}

export function readProperties(reader, place) {
  const length = reader.variable();
  if (length === 0) return NO_PROPERTIES;
  if (length > reader.left)
    malformed(`the property length is ${length}, the packet has ${reader.left} bytes left`);
  const packetEnd = reader.end;
  reader.end = reader.at + length;
  const values = {};
  while (reader.left > 0) {
    const id = reader.uint8();
    const fact = BY_ID[id];
    if (!(fact && belongs(fact, place))) malformed(`there is no property ${id} in ${place.toUpperCase()}`);
    const { name, repeats } = fact;
    if (place === 'disconnect' && name === 'sessionExpiryInterval') protocolError(`${name} from a server`);
    if (!repeats && name in values) protocolError(`${name} more than once`);
    const value = readValue(reader, fact);
    values[name] = repeats ? [...(values[name] ?? []), value] : value;
  }
  reader.end = packetEnd;
  if (lacksMethod(values)) protocolError('Authentication Data without an Authentication Method');
  return values;
}

function lacksMethod({ authenticationData, authenticationMethod }) {
  return authenticationData !== undefined && authenticationMethod === undefined;
}

function readValue(reader, { name, type, nonZero }) {
  if (type === PAIR) return [reader.text(), reader.text()];
  const value = reader[METHODS[type]]();
  if (type <= BIT && value > 1) protocolError(`${name} is ${value}, only 0 and 1 exist`);
  if (nonZero && value === 0) refuse(name === 'topicAlias' ? 0x94 : 0x82, `${name} is 0`);
  return type === BOOLEAN ? value === 1 : value;
}

/** Calls with each value. */
function each(properties, call) {
  for (const name in properties) {
    const fact = BY_NAME.get(name);
    const value = properties[name];
    if (value !== undefined) for (const one of fact?.repeats ? value : [value]) call(one, fact, name);
  }
}

export function propertiesSize(properties, place) {
  let size = 0;
  each(properties, (value, fact, name) => {
    if (!(fact && belongs(fact, place))) unwritable(`${place.toUpperCase()} has no property ${name}`);
    size += 1 + valueSize(fact, value);
  });
  if (lacksMethod(properties)) unwritable('Authentication Data without an Authentication Method');
  if (place === 'subscribe' && properties.subscriptionIdentifiers?.length > 1)
    unwritable('Subscription Identifier more than once in SUBSCRIBE');
  return size;
}

function unwritable(message) {
  throw new MqttError('invalid-property', message);
}

function valueSize({ name, type, nonZero }, value) {
  if (type === PAIR) return stringSize(value[0]) + stringSize(value[1]);
  if (type === BINARY) return binarySize(value);
  if (type >= TEXT) {
    if (type === TOPIC && !isTopicName(value))
      unwritable(`${name} ${JSON.stringify(value)} is no topic name`);
    return stringSize(value);
  }
  const least = nonZero ? 1 : 0;
  if (type !== BOOLEAN && !(Number.isInteger(value) && value >= least && value <= MOST[type]))
    unwritable(`${name} is ${String(value)}, not a whole number from ${least} to ${MOST[type]}`);
  return type === VARIABLE ? variableSize(value) : SIZES[type];
}

export function writeProperties(properties, size, out) {
  out.variable(size);
  each(properties, (value, { id, type }) => {
    out.uint8(id);
    if (type === PAIR) for (const text of value) out.text(text);
    else out[METHODS[type === TOPIC ? TEXT : type]](type === BOOLEAN ? (value ? 1 : 0) : value);
  });
}
