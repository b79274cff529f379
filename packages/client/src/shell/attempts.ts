// What the next CONNECT says: in which dialect, in which session, and with which proof of who it is.
// Asks the application's authenticator afresh each time; opens nothing.

import { type Dialect, MqttError } from '@anax/protocol';
import type { Authenticator } from '../auth/authenticator.ts';
import { DialectChoice, requireSayableInAll, saidIn } from '../dialect-choice.ts';
import type { CloseReason } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import { authenticationFailed } from './authentication.ts';
import type { ClientOptions } from './options.ts';

export interface Attempt {
  readonly options: ConnectOptions;
  /** The exchange that CONNECT begins. */
  readonly authenticator: Authenticator | undefined;
}

export class Attempts {
  readonly #options: Omit<ClientOptions, 'dialect'>;
  readonly #dialects: DialectChoice;

  /** @throws MqttError for what a dialect that is to be tried cannot say. */
  constructor({ dialect, ...options }: ClientOptions) {
    this.#options = options;
    this.#dialects = new DialectChoice(dialect);
    requireSayableInAll(this.#dialects, options);
    if (options.authenticator !== undefined) this.#requireAuthenticable();
  }

  /** Of the connection, or of the attempt to make one. */
  get dialect(): Dialect {
    return this.#dialects.current;
  }

  /** Names of all that may be spoken. */
  get dialects(): readonly string[] {
    return this.#dialects.all.map(({ name }) => name);
  }

  /**
   * Clean Start is for the first connection; later ones go on with the session, where it is one that lasts.
   * @throws MqttError `authentication-failed`, where the authenticator does
   */
  next(sessionLasts: boolean): Attempt | Promise<Attempt> {
    const { cleanStart = true, authenticator, ...rest } = this.#options;
    const options = this.#said({ ...rest, cleanStart: cleanStart && !sessionLasts });
    if (authenticator === undefined) return { options, authenticator };
    return began(options, authenticator);
  }

  accepted(): void {
    this.#dialects.accepted();
  }

  /** Whether the same server is asked in another dialect at once. */
  ended(reason: CloseReason, unanswered: boolean): boolean {
    return this.#dialects.ended(reason, unanswered);
  }

  #said(options: ConnectOptions): ConnectOptions {
    const { current, several } = this.#dialects;
    return several ? saidIn(current, options) : { ...options, dialect: current.name };
  }

  #requireAuthenticable(): void {
    const { authenticationMethod, authenticationData } = this.#options.properties ?? {};
    if (authenticationMethod !== undefined || authenticationData !== undefined) {
      const message = "Authentication Method and Data of CONNECT are the authenticator's to say";
      throw new MqttError('invalid-option', message);
    }
    const unable = this.#dialects.all.find(({ enhancedAuthentication }) => !enhancedAuthentication);
    if (unable === undefined) return;
    // Who is asked for a proof is not to connect without it.
    const message = `MQTT ${unable.name} has no AUTH, and so no authenticator`;
    throw new MqttError('authentication-not-supported', message);
  }
}

async function began(options: ConnectOptions, make: () => Authenticator): Promise<Attempt> {
  try {
    const authenticator = make();
    const { authenticationData, userProperties = [] } = await authenticator.start();
    const before = options.properties ?? {};
    const pairs = [...(before.userProperties ?? []), ...userProperties];
    const properties = {
      ...before,
      ...(pairs.length === 0 ? {} : { userProperties: pairs }),
      authenticationMethod: authenticator.method,
      ...(authenticationData === undefined ? {} : { authenticationData }),
    };
    return { options: { ...options, properties }, authenticator };
  } catch (cause) {
    throw authenticationFailed(cause);
  }
}
