// Who is this? Asks the authenticator, or runs an exchange of enhanced authentication; the answer may take its time.
// While it is busy nothing more is read from the socket: back-pressure, not a queue. [5:4.12]

import { type AuthPacket, type Packet, Reason, type ReasonCode } from '@anax/protocol';
import type {
  Acceptance,
  Credentials,
  Decision,
  Exchange,
  ExchangeFactory,
  ExchangeStep,
  Refusal,
} from '../access/access.ts';
import type { Wire } from '../hub/link.ts';
import { ask } from './ask.ts';
import type { Context } from './context.ts';

export interface Outcome {
  readonly accepted: (accepted: Acceptance, data: Uint8Array | undefined, now: number) => void;
  readonly refused: (refusal: Refusal, now: number) => void;
  /** Sends an AUTH that asks for more. [5:MQTT-4.12.0-2] */
  readonly continue: (packet: Packet) => void;
  /** It took its time: what came in meanwhile is read now. */
  readonly resumed: (now: number) => void;
}

const FAILED: Refusal = {
  reasonCode: Reason.unspecifiedError,
  text: 'the authentication could not be carried out',
};

export class Authentication {
  /** Waiting for somebody else than the client. */
  busy = false;
  readonly #context: Context;
  readonly #wire: Wire;
  readonly #credentials: Credentials;
  readonly #method: string | undefined;
  readonly #outcome: Outcome;
  #exchange: Exchange | undefined;

  constructor(
    context: Context,
    wire: Wire,
    credentials: Credentials,
    method: string | undefined,
    outcome: Outcome,
  ) {
    this.#context = context;
    this.#wire = wire;
    this.#credentials = credentials;
    this.#method = method;
    this.#outcome = outcome;
  }

  begin(data: Uint8Array | undefined, now: number): void {
    const { methods, authenticate } = this.#context;
    const credentials = this.#credentials;
    // [5:MQTT-4.12.0-6]
    if (this.#method === undefined) return this.#ask(() => authenticate(credentials), this.#decided, now);
    const factory = methods.get(this.#method) as ExchangeFactory;
    this.#ask(
      () => {
        this.#exchange = factory(credentials);
        return this.#exchange.step(data);
      },
      this.#stepped,
      now,
    );
  }

  /** The client's next AUTH. [5:MQTT-4.12.0-3] */
  step(packet: AuthPacket, now: number): void {
    const exchange = this.#exchange;
    if (exchange === undefined || packet.properties.authenticationMethod !== this.#method) {
      // [5:MQTT-4.12.0-5] [5:MQTT-4.12.0-7]
      const text = 'AUTH with another Authentication Method than CONNECT';
      return this.#outcome.refused({ reasonCode: Reason.protocolError, text }, now);
    }
    this.#ask(() => exchange.step(packet.properties.authenticationData), this.#stepped, now);
  }

  readonly #decided = (decision: Decision, now: number): void => {
    if ('accepted' in decision) this.#outcome.accepted(decision.accepted, undefined, now);
    else this.#outcome.refused(decision.refused ?? FAILED, now);
  };

  readonly #stepped = (step: ExchangeStep, now: number): void => {
    if ('accepted' in step) return this.#outcome.accepted(step.accepted, step.data, now);
    if ('refused' in step) return this.#outcome.refused(step.refused, now); // [5:MQTT-4.12.0-4]
    this.#outcome.continue(authPacket(Reason.continueAuthentication, this.#method, step.continue));
  };

  #ask<T extends Decision | ExchangeStep>(
    question: () => T | Promise<T>,
    answered: (answer: T, now: number) => void,
    now: number,
  ): void {
    // What is answered at once goes on in the loop that reads; only a late answer starts that again.
    let late = false;
    const settle = (at: number, what: () => void): void => {
      if (late) {
        this.busy = false;
        this.#wire.resume();
      }
      what();
      if (late) this.#outcome.resumed(at);
    };
    late = ask(
      this.#context.later,
      question,
      (value: T, at) => settle(at, () => answered(value, at)),
      (at) => settle(at, () => this.#outcome.refused(FAILED, at)),
      now,
    );
    if (!late) return;
    this.busy = true;
    this.#wire.pause();
  }
}

/** AUTH with its method and data. [5:MQTT-4.12.0-5] */
export function authPacket(
  reasonCode: ReasonCode,
  method: string | undefined,
  data: Uint8Array | undefined,
): AuthPacket {
  return {
    type: 'auth',
    reasonCode,
    properties: {
      ...(method === undefined ? {} : { authenticationMethod: method }),
      ...(data === undefined ? {} : { authenticationData: data }),
    },
  };
}
