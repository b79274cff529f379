// Who is this? Asks the authenticator, or runs an exchange of enhanced authentication; the answer may take its time.
// While it is busy nothing more is read from the socket: back-pressure, not a queue. [5:4.12]

import { type AuthPacket, type Packet, Reason, type ReasonCode } from '@anax/protocol';
import type { Acceptance, Credentials, Decision, Exchange, ExchangeStep, Refusal } from '../access/access.ts';
import type { Wire } from '../hub/link.ts';
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
  readonly #exchange: Exchange | undefined;
  readonly #method: string | undefined;
  #outcome: Outcome | undefined;

  constructor(
    context: Context,
    wire: Wire,
    credentials: Credentials,
    exchange: Exchange | undefined,
    method: string | undefined,
  ) {
    this.#context = context;
    this.#wire = wire;
    this.#credentials = credentials;
    this.#exchange = exchange;
    this.#method = method;
  }

  begin(data: Uint8Array | undefined, outcome: Outcome, now: number): void {
    this.#outcome = outcome;
    const exchange = this.#exchange;
    if (exchange === undefined) this.#ask(() => this.#context.authenticate(this.#credentials), decide, now);
    else this.#ask(() => exchange.step(data), this.#stepped, now);
  }

  /** The client's next AUTH; only an exchange gets here. [5:MQTT-4.12.0-3] */
  step(packet: AuthPacket, now: number): void {
    const exchange = this.#exchange;
    const sameMethod = packet.properties.authenticationMethod === this.#method;
    if (exchange === undefined || !sameMethod) {
      // [5:MQTT-4.12.0-5] [5:MQTT-4.12.0-7]
      this.#outcome?.refused(wrong('AUTH with another Authentication Method than CONNECT'), now);
      return;
    }
    this.#ask(() => exchange.step(packet.properties.authenticationData), this.#stepped, now);
  }

  readonly #stepped = (step: ExchangeStep, outcome: Outcome, now: number): void => {
    if ('accepted' in step) return outcome.accepted(step.accepted, step.data, now);
    if ('refused' in step) return outcome.refused(step.refused, now);
    outcome.continue(authPacket(Reason.continueAuthentication, this.#method, step.continue));
  };

  /** Runs foreign code: it may throw, reject or never answer, and none of that lets anybody in. */
  #ask<T>(
    question: () => T | Promise<T>,
    answered: (value: T, outcome: Outcome, now: number) => void,
    now: number,
  ): void {
    const outcome = this.#outcome as Outcome;
    let answer: T | Promise<T>;
    try {
      answer = question();
    } catch {
      return outcome.refused(FAILED, now);
    }
    if (!(answer instanceof Promise)) return answered(answer, outcome, now);
    this.busy = true;
    this.#wire.pause();
    const finish = (what: (at: number) => void) => (at: number) => {
      this.busy = false;
      this.#wire.resume();
      what(at);
      outcome.resumed(at);
    };
    this.#context.later(
      answer,
      (value, at) => finish((then) => answered(value, outcome, then))(at),
      finish((at) => outcome.refused(FAILED, at)),
    );
  }
}

function decide(decision: Decision, outcome: Outcome, now: number): void {
  if ('accepted' in decision) outcome.accepted(decision.accepted, undefined, now);
  else outcome.refused(decision.refused, now);
}

function wrong(text: string): Refusal {
  return { reasonCode: Reason.protocolError, text };
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
