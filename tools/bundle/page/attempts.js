// What the next CONNECT says, of a client that speaks 5.0 and authenticates with no exchange: in place of `shell/attempts.ts`
// of the client.

import { MQTT_5_0 } from '@anax/protocol';

export class Attempts {
  dialect = MQTT_5_0;
  #options;

  constructor(options) {
    this.#options = options;
  }

  next(sessionLasts) {
    const { cleanStart = true } = this.#options;
    return { options: { ...this.#options, cleanStart: cleanStart && !sessionLasts } };
  }

  accepted() {}
  ended() {}
}
