// Where packets begin and end in chunks that are nobody else's: in place of `codec/framer.ts` of the protocol, which copies
// less. What has arrived is joined in memory that doubles; nothing is written where a packet has been read from.

const NOTHING = new Uint8Array(0);

export class Framer {
  bytes = NOTHING;
  at = 0;
  end = 0;

  push(chunk) {
    const left = this.end - this.at;
    const whole = left + chunk.length;
    if (left === 0) this.#begin(chunk, whole);
    else {
      if (this.end + chunk.length > this.bytes.length) {
        const larger = new Uint8Array(2 * whole);
        larger.set(this.bytes.subarray(this.at, this.end));
        this.#begin(larger, left);
      }
      this.bytes.set(chunk, this.end);
      this.end += chunk.length;
    }
  }

  fill(size) {
    return this.header() >= size;
  }

  header() {
    return this.end - this.at;
  }

  advance(size) {
    this.at += size;
    if (this.at === this.end) this.drop();
  }

  settle() {}

  drop() {
    this.#begin(NOTHING, 0);
  }

  #begin(bytes, end) {
    this.bytes = bytes;
    this.at = 0;
    this.end = end;
  }
}
