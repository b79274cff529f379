export { type Paint, painter, type Style } from './colour.ts';
export { packetJson } from './packet-json.ts';
export { faultLine, type PacketTextOptions, packetLines } from './packet-text.ts';
export { columnsOf, padded, printable, printableJson } from './printable.ts';
