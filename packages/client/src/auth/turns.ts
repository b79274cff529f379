// Whose turn it is in the exchange of enhanced authentication that CONNECT began, and in each later one: what an AUTH of
// the server means now. Decides; sends nothing, and knows no method. Lives as long as a connection. [5:4.12]

import { type AuthPacket, MqttError, Reason, type ReasonCode } from '@anax/protocol';
import type { AuthStep } from './authenticator.ts';

/** A rule that an AUTH breaks. */
export interface AuthProblem {
  readonly type: 'problem';
  readonly reasonCode: ReasonCode;
  readonly message: string;
  readonly clause: string;
}

/** `client`: the server's AUTH waits for this end. */
type Turn = 'nobody' | 'server' | 'client';

export class Turns {
  /** As CONNECT named it; undefined where there is to be no AUTH. */
  readonly method: string | undefined;
  /** When a re-authentication has to be over, in ms. */
  deadline = Number.POSITIVE_INFINITY;
  #turn: Turn = 'server';
  #again = false;

  constructor(method: string | undefined) {
    this.method = method;
  }

  /** A re-authentication is under way. */
  get again(): boolean {
    return this.#again;
  }

  get awaitsClient(): boolean {
    return this.#turn === 'client';
  }

  /** What the server's AUTH asks for, or the rule that it breaks. [5:MQTT-4.12.0-2] [5:MQTT-4.12.0-5] [5:MQTT-4.12.0-6] */
  heard({ reasonCode, properties }: AuthPacket): AuthStep | AuthProblem {
    const { method } = this;
    if (method === undefined) {
      return problem('AUTH to a CONNECT without Authentication Method', '[5:MQTT-4.12.0-6]');
    }
    if (properties.authenticationMethod !== method) {
      return problem('AUTH has another Authentication Method', '[5:MQTT-4.12.0-5]');
    }
    if (this.#turn !== 'server') return problem('an AUTH that nobody expects now', '[5:4.12]');
    if (reasonCode === Reason.continueAuthentication) {
      this.#turn = 'client';
      return { type: 'challenge', properties };
    }
    // Success is CONNACK's to say, where that has not come yet.
    if (!this.#again) return problem('AUTH says Success instead of CONNACK', '[5:MQTT-4.12.0-2]');
    this.#turn = 'client';
    return { type: 'end', properties };
  }

  /** This end has answered. */
  answered(): void {
    this.#turn = 'server';
  }

  /** This end is content with how it ended. */
  over(): void {
    this.#turn = 'nobody';
    this.#again = false;
    this.deadline = Number.POSITIVE_INFINITY;
  }

  /** @throws MqttError where this connection cannot authenticate again, or does already. [5:MQTT-4.12.0-7] */
  requireIdle(): void {
    if (this.method === undefined) {
      const clause = '[5:MQTT-4.12.0-7]';
      const message = 'CONNECT named no Authentication Method: there is nothing to do again';
      throw new MqttError('not-authenticating', message, { clause });
    }
    if (this.#again) throw new MqttError('already-authenticating', 'a re-authentication is under way');
  }

  /** AUTH 0x19 goes out. @throws MqttError as `requireIdle` */
  begin(deadline: number): void {
    this.requireIdle();
    this.#again = true;
    this.#turn = 'server';
    this.deadline = deadline;
  }
}

function problem(message: string, clause: string): AuthProblem {
  return { type: 'problem', reasonCode: Reason.protocolError, message, clause };
}
