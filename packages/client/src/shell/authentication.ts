// Carries an exchange of enhanced authentication between the machine and the authenticator of the application, which may
// take its time: that of CONNECT, and re-authentications. Lives as long as a connection; knows no method. [5:4.12]

import { MqttError, type PropertiesOf } from '@anax/protocol';
import type { AuthEnd, Authenticator, AuthStep } from '../auth/authenticator.ts';
import type { CloseCode, CloseReason } from '../errors.ts';
import type { Machine } from '../machine.ts';
import type { Outcome } from '../sink.ts';

/** What an exchange needs of the driver around it. */
export interface AuthenticationPort {
  now(): number;
  settled(ticket: number, outcome: Outcome): void;
  /** Something has been done that was not done in a call of the machine. */
  acted(): void;
}

interface Again {
  readonly ticket: number;
  readonly signal: AbortSignal | undefined;
}

export class Authentication {
  readonly #machine: Machine;
  readonly #port: AuthenticationPort;
  #exchange: Authenticator | undefined;
  /** The re-authentication that is under way. */
  #again: Again | undefined;
  #over = false;

  constructor(machine: Machine, port: AuthenticationPort, exchange: Authenticator | undefined) {
    this.#machine = machine;
    this.#port = port;
    this.#exchange = exchange;
  }

  /** The server has taken its step. */
  step(step: AuthStep): void {
    const exchange = this.#exchange;
    const properties = owned(step.properties);
    if (step.type === 'end') {
      this.#take(
        () => exchange?.finish?.(properties),
        () => this.#content(properties),
      );
    } else if (exchange === undefined) {
      const message = 'the server sent AUTH and there is no `authenticator` to answer';
      this.#machine.failAuthentication(
        'no-authenticator',
        new MqttError('no-authenticator', message),
        this.#port.now(),
      );
    } else {
      this.#take(
        () => exchange.next(properties as PropertiesOf<'auth'>),
        (answer) => this.#machine.authenticate(answer, this.#port.now()),
      );
    }
  }

  /**
   * Begins a re-authentication; what becomes of it is told to the ticket.
   * @throws MqttError `already-authenticating`, `not-authenticating`, `not-connected`
   */
  again(make: () => Authenticator, ticket: number, signal: AbortSignal | undefined): void {
    const { phase } = this.#machine;
    if (phase.name !== 'connected') throw new MqttError('not-connected', 'there is no connection');
    const { turns } = phase.connection;
    turns.requireIdle();
    if (this.#again !== undefined)
      throw new MqttError('already-authenticating', 'a re-authentication is under way');
    const again = { ticket, signal };
    this.#again = again;
    this.#start(make, turns.method, again).catch((cause: unknown) => {
      // Nothing has been sent: the connection stays as it is.
      if (this.#again === again) this.#settle({ type: 'failed', error: authenticationFailed(cause) });
    });
  }

  closed({ error }: CloseReason): void {
    this.#over = true;
    const said = error ?? new MqttError('disconnected', 'this client has disconnected');
    this.#settle({ type: 'failed', error: said });
  }

  async #start(make: () => Authenticator, method: string | undefined, again: Again): Promise<void> {
    const exchange = make();
    if (exchange.method !== method) {
      const clause = '[5:MQTT-4.12.1-1]';
      const message = `the method of CONNECT is ${method}, not ${exchange.method}`;
      throw new MqttError('invalid-option', message, { clause });
    }
    const start = await exchange.start();
    if (this.#over) return;
    if (again.signal?.aborted) {
      this.#again = undefined;
      return;
    }
    this.#exchange = exchange;
    this.#machine.reauthenticate(start, this.#port.now());
    this.#port.acted();
  }

  #content(properties: AuthEnd): void {
    this.#machine.verified(this.#port.now());
    this.#settle({ type: 'authenticated', result: { reasonCode: 0, properties } });
  }

  #settle(outcome: Outcome): void {
    const again = this.#again;
    this.#again = undefined;
    if (again !== undefined) this.#port.settled(again.ticket, outcome);
  }

  /** What is answered at once is so within the call; only a late answer is an event of its own. */
  #take<T>(ask: () => T | Promise<T>, answered: (answer: T) => void): void {
    try {
      const answer = ask();
      if (isLater(answer)) this.#takeLater(answer, answered);
      else answered(answer);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #takeLater<T>(late: PromiseLike<T>, answered: (answer: T) => void): void {
    Promise.resolve(late)
      .then((answer) => {
        if (!this.#over && isAwaited(this.#machine)) answered(answer);
      })
      .catch((cause: unknown) => this.#fail(cause))
      .finally(() => this.#port.acted());
  }

  #fail(cause: unknown): void {
    const error = authenticationFailed(cause);
    this.#machine.failAuthentication(error.code as CloseCode, error, this.#port.now());
  }
}

function isLater<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof (answer as PromiseLike<T> | undefined)?.then === 'function';
}

function isAwaited({ phase }: Machine): boolean {
  return phase.name === 'authenticating' || phase.name === 'verifying' || phase.name === 'connected';
}

/** What an authenticator throws may say whose doing it was. */
export function authenticationFailed(cause: unknown): MqttError {
  const why = cause instanceof Error ? cause.message : String(cause);
  // Of another copy of this package, where it is loaded as files, an error is no instance of this MqttError.
  const { code = '' } = Object(cause) as { readonly code?: string };
  if (SAID.has(code)) return new MqttError(code, why, { side: 'server' }, { cause });
  return new MqttError('authentication-failed', `AUTH could not be said: ${why}`, {}, { cause });
}

const SAID: ReadonlySet<string> = new Set(['authentication-failed', 'server-not-authenticated']);

/** The data is a view of what the machine reads. */
function owned<P extends AuthEnd>(properties: P): P {
  const { authenticationData } = properties;
  return authenticationData === undefined
    ? properties
    : { ...properties, authenticationData: authenticationData.slice() };
}
