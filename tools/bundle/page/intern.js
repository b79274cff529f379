// Strings are read anew each time: in place of `codec/intern.ts` of the protocol.

export class InternTable {
  constructor(decode) {
    this.read = decode;
  }
}
