export { Decoder, type DecoderOptions } from './decoder.ts';
export { encode, encodePacket } from './encode.ts';
export { GrowingOutput, Output } from './output.ts';
export type * from './packets.ts';
export { publishFirstByte, publishPacket } from './publish.ts';
export { publishAck } from './publish-ack.ts';
export { readUtf8, utf8Bytes, utf8Length } from './utf8.ts';
