export { type Paint, painter, type Style } from './colour.ts';
export { counted, grouped } from './figures.ts';
export { hexOf } from './hex.ts';
export { type HexProblem, looksLikeText, parseHex } from './hex-input.ts';
export { fieldsJson, packetFacts, packetJson } from './packet-json.ts';
export { faultLine, type PacketTextOptions, packetLines } from './packet-text.ts';
export { printablePayload, utf8Text } from './payload.ts';
export { columnsOf, padded, printable, printableJson, printableJsonText } from './printable.ts';
