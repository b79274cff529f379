// The table of properties as a text: in place of `spec/properties.ts` of the protocol.

import { PROPERTIES } from '@anax/protocol';

const PLACES = [...new Set(Object.values(PROPERTIES).flatMap(({ places }) => places))];
const TYPES = [...new Set(Object.values(PROPERTIES).map(({ type }) => type))];

/** Name, identifier, type, places as bits, and letters: repeats, not zero. */
const rows = Object.entries(PROPERTIES).map(([name, { id, type, places, repeats, nonZero }]) => {
  const bits = places.reduce((sum, place) => sum | (1 << PLACES.indexOf(place)), 0);
  return `${name} ${id} ${TYPES.indexOf(type)} ${bits} ${repeats ? 1 : ''} ${nonZero ? 1 : ''}`;
});

export const PROPERTIES_AS_TEXT = `
const TYPES = '${TYPES.join(' ')}'.split(' ');
const PLACES = '${PLACES.join(' ')}'.split(' ');
const SENDERS = ${JSON.stringify(
  Object.fromEntries(
    Object.entries(PROPERTIES).flatMap(([name, { publishSender, disconnectSender }]) =>
      publishSender || disconnectSender ? [[name, [publishSender, disconnectSender]]] : [],
    ),
  ),
).replaceAll('null', '')};
const NAMED = '${rows.join(',')}'.split(',').map((row, index) => {
  const [name, id, type, bits, repeats, nonZero] = row.split(' ');
  const [publishSender, disconnectSender] = SENDERS[name] ?? [];
  return {
    id: +id,
    title: name,
    type: TYPES[type],
    places: PLACES.filter((_, place) => (bits >> place) & 1),
    repeats,
    nonZero,
    publishSender,
    disconnectSender,
    clause: '',
    name,
    bit: 1 << index,
  };
});
export const PROPERTIES = NAMED;
export const PROPERTY_BY_ID = [];
for (const fact of NAMED) PROPERTY_BY_ID[fact.id] = fact;
export const PROPERTY_BY_NAME = new Map(NAMED.map((fact) => [fact.name, fact]));
export const NO_PROPERTIES = Object.freeze({});
`;
