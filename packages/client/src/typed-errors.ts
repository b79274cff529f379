// The errors that say more than others. Owns their shape; what the server's refusals say is put together in `errors.ts`.

import { MqttError, type PropertiesOf, type ReasonCode } from '@anax/protocol';

/** The server answered CONNECT with a CONNACK that is not Success. */
export class ConnectionRefusedError extends MqttError {
  override readonly name: string = 'ConnectionRefusedError';
  override readonly reasonCode: ReasonCode;
  /** The standard's words for the code. */
  readonly meaning: string;
  /** The return code as MQTT 3.1 and 3.1.1 write it; undefined in 5.0. */
  readonly returnCode: number | undefined;
  readonly reasonString: string | undefined;
  /** Where the server sends its clients instead, with 0x9C and 0x9D. */
  readonly serverReference: string | undefined;
  readonly properties: PropertiesOf<'connack'>;

  constructor(
    message: string,
    reasonCode: ReasonCode,
    meaning: string,
    returnCode: number | undefined,
    properties: PropertiesOf<'connack'>,
  ) {
    super('connection-refused', message, { side: 'server', reasonCode });
    this.reasonCode = reasonCode;
    this.meaning = meaning;
    this.returnCode = returnCode;
    this.reasonString = properties.reasonString;
    this.serverReference = properties.serverReference;
    this.properties = properties;
  }
}

/** The server answered with an acknowledgement that says no. */
export class RefusedError extends MqttError {
  override readonly name: string = 'RefusedError';
  override readonly reasonCode: ReasonCode;
  /** Reason String and User Properties of the acknowledgement. */
  readonly properties: PropertiesOf<'puback'>;

  constructor(code: string, message: string, reasonCode: ReasonCode, properties: PropertiesOf<'puback'>) {
    super(code, message, { side: 'server', reasonCode });
    this.reasonCode = reasonCode;
    this.properties = properties;
  }
}

/** A payload that `decode` did not take. Its code is `payload-not-decodable`. */
export class UndecodableError extends MqttError {
  override readonly name: string = 'UndecodableError';
  readonly topic: string;
  readonly payload: Uint8Array;

  constructor(topic: string, payload: Uint8Array, cause: unknown) {
    super(
      'payload-not-decodable',
      `a payload of ${topic} cannot be decoded: ${String(cause)}`,
      {},
      { cause },
    );
    this.topic = topic;
    this.payload = payload;
  }
}
