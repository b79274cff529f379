// A decoder for either side, chosen when it is made. Who reads one side only can take `StreamDecoder` and leave the
// other out.

import type { Side } from '../spec/packet-types.ts';
import { FROM_CLIENT } from './from-client.ts';
import { FROM_SERVER } from './from-server.ts';
import { StreamDecoder, type StreamOptions } from './stream-decoder.ts';

export interface DecoderOptions extends StreamOptions {
  /** Who sends what is decoded. */
  readonly sender: Side;
}

export class Decoder extends StreamDecoder {
  constructor(options: DecoderOptions) {
    super(options.sender === 'client' ? FROM_CLIENT : FROM_SERVER, options);
  }
}
