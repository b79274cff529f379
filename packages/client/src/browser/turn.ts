// The end of a turn of the event loop, where there is no `setImmediate`: a message to oneself. A timer of 0 ms would come
// after 4 ms, and after a second or a minute in a page that nobody looks at.

import { platform } from './platform.ts';

export class Turn {
  readonly #channel = new platform.MessageChannel();
  #calls: (() => void)[] = [];

  constructor() {
    this.#channel.port1.onmessage = () => {
      const calls = this.#calls;
      this.#calls = [];
      for (const call of calls) call();
    };
  }

  atEnd = (call: () => void): void => {
    this.#calls.push(call);
    this.#channel.port2.postMessage(null);
  };

  /** An open channel keeps some platforms running. */
  close(): void {
    this.#channel.port1.close();
  }
}
