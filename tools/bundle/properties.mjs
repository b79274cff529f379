// The table of properties as a text: in place of `spec/properties.ts` of the protocol.

import { PROPERTIES } from '@anax/protocol';

const PLACES = [...new Set(Object.values(PROPERTIES).flatMap(({ places }) => places))];
/** In the order that `page/properties.js` counts on. */
const TYPES = ['boolean', 'bit', 'uint16', 'uint32', 'variable', 'string', 'topic', 'binary', 'pair'];

/** Name, identifier, type, places as bits; 1 where it repeats, 1 where it is not 0. */
const rows = Object.entries(PROPERTIES).map(([name, { id, type, places, repeats, nonZero }]) => {
  const bits = places.reduce((sum, place) => sum | (1 << PLACES.indexOf(place)), 0);
  return `${name} ${id} ${TYPES.indexOf(type)} ${bits} ${repeats ? 1 : ''} ${nonZero ? 1 : ''}`.trimEnd();
});

export const PROPERTIES_AS_TEXT = `
export const PLACES = '${PLACES.join(' ')}'.split(' ');
export const PROPERTIES = '${rows.join(',')}';
export const NO_PROPERTIES = Object.freeze({});
`;
