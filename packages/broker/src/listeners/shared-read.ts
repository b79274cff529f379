// One read buffer for all sockets: instead of memory for every chunk, a socket's bytes come in the same buffer, to be
// looked at before the next read. Uses `onread`, which Node documents for sockets that are made, on a socket that was
// accepted: handing its handle over is not documented, so it happens here only, and where it fails `data` events serve.

import { Socket } from 'node:net';

/** Large enough for a large packet in one read. */
const READ_BYTES = 256 * 1024;

/** Who gets the bytes of a socket; they stay as they are until it returns. */
export interface ByteSource {
  deliver: (bytes: Uint8Array) => void;
}

export class SharedRead {
  readonly #buffer = new Uint8Array(READ_BYTES);

  /** The memory that bytes come in: whoever keeps a view into it has lost. */
  get memory(): ArrayBufferLike {
    return this.#buffer.buffer;
  }

  /**
   * Takes an accepted socket's place, a paused one of `createServer({ pauseOnConnect: true })`; undefined where this
   * Node does not let it.
   */
  takeOver(accepted: Socket, source: ByteSource): Socket | undefined {
    const holder = accepted as { _handle?: object | null };
    const handle = holder._handle;
    if (typeof handle !== 'object' || handle === null || !('useUserBuffer' in handle)) return undefined;
    holder._handle = null;
    const onread = {
      buffer: this.#buffer,
      callback: (count: number): boolean => {
        source.deliver(new Uint8Array(this.#buffer.buffer, 0, count));
        return true;
      },
    };
    const options = { handle, onread, allowHalfOpen: true };
    const socket = new Socket(options);
    accepted.destroy();
    return socket;
  }
}
