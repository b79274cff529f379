// Errors whose words are loaded when there is one to tell: in place of `spec/fault.ts` of the protocol.

/** Puts words in place of numbers; resolves when they are there, or cannot be had. */
export let told = async (error) => {
  try {
    told = (await import('./client.words.min.js')).told;
    told(error);
  } catch {}
};

export class MqttError extends Error {
  name = 'MqttError';

  constructor(code, message, { side = 'local', reasonCode, clause } = {}, options) {
    super(message, options);
    this.code = code;
    this.side = side;
    this.reasonCode = reasonCode;
    this.clause = clause;
    if (message[0] === '#') told(this);
  }
}
