// The link `http`: a server is asked who a client is. So many requests at once, each with an end; answers are remembered for
// a while; a server that fails again and again is left alone for a while. No answer is no yes.

import { MqttError, Reason } from '@anax/protocol';
import type { Credentials, Refusal } from '../access.ts';
import type { Link, Verdict } from '../chain/link.ts';
import { Remembered } from '../chain/remembered.ts';
import { TurnedAway, Turnstile } from '../chain/turnstile.ts';
import { type SecretSource, secretOf } from '../secret.ts';
import { type Nonsense, verdictOf } from './answer.ts';
import { boundedFetch, NoAnswer } from './bounded-fetch.ts';
import { Circuit, type CircuitLimits } from './circuit.ts';
import { type FieldValues, filled, type RequestForm, requestOf, requireKnownVariables } from './request.ts';

export interface HttpOptions extends Omit<RequestForm, 'headers'>, CircuitLimits {
  readonly headers: readonly { readonly name: string; readonly value: SecretSource }[];
  readonly fields: FieldValues;
  readonly timeoutMs: number;
  /** Requests at once. */
  readonly requestsMax: number;
  /** How long an answer holds: that lets in, and that keeps out. */
  readonly rememberMs: number;
  readonly rememberDeniedMs: number;
}

const ANSWER_BYTES_MAX = 64 * 1024;
const REMEMBERED_MAX = 10_000;
const WAITING_MAX = 2000;
const WAITING_PER_ADDRESS_MAX = 100;
const WAITING_MS_MAX = 5000;

const UNAVAILABLE: Refusal = {
  reasonCode: Reason.serverUnavailable,
  text: 'the authentication could not be carried out',
};

/** @throws MqttError `invalid-configuration` */
export function httpLink(options: HttpOptions, warn: (text: string) => void): Link {
  const form: RequestForm = { ...options, headers: headersOf(options) };
  requireKnownVariables(options.fields, 'authentication.fields');
  const { protocol, hostname } = new URL(options.url);
  if (protocol === 'http:' && !['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) {
    warn(`the link http sends passwords to ${hostname} in clear text: use https`);
  }
  return { name: 'http', authenticate: new Asking(options, form, warn).authenticate };
}

/** No client has a part in a header; what a header cannot hold is found here. */
function headersOf({ headers }: HttpOptions): RequestForm['headers'] {
  return headers.map(({ name, value }) => {
    const pair = [name, secretOf(value, `the header ${name} of the link http`)] as const;
    try {
      new Headers([[pair[0], pair[1]]]);
      return pair;
    } catch {
      throw new MqttError(
        'invalid-configuration',
        `\`${name}\` of the link http is no header, or its value cannot be one`,
      );
    }
  });
}

class Asking {
  readonly #options: HttpOptions;
  readonly #form: RequestForm;
  readonly #warn: (text: string) => void;
  readonly #circuit: Circuit;
  readonly #turnstile: Turnstile;
  readonly #remembered = new Remembered<Verdict>(REMEMBERED_MAX);

  constructor(options: HttpOptions, form: RequestForm, warn: (text: string) => void) {
    this.#options = options;
    this.#form = form;
    this.#warn = warn;
    this.#circuit = new Circuit(options);
    this.#turnstile = new Turnstile({
      atOnceMax: options.requestsMax,
      waitingMax: WAITING_MAX,
      waitingPerAddressMax: WAITING_PER_ADDRESS_MAX,
      waitingMsMax: WAITING_MS_MAX,
    });
  }

  readonly authenticate = (credentials: Credentials): Verdict | Promise<Verdict> => {
    let fields: ReturnType<typeof filled>;
    try {
      fields = filled(this.#options.fields, credentials);
    } catch {
      return {
        refused: { ...UNAVAILABLE, reasonCode: Reason.badUserNameOrPassword, why: 'the password is no text' },
      };
    }
    // What is remembered may say as whom the client is let in, which can be the name that it gave.
    const parts = [['', credentials.userName ?? ''], ...fields].flat();
    const key = this.#remembered.keyOf(parts);
    const before = this.#remembered.get(key);
    if (before !== undefined && isCurrent(before)) return before;
    return this.#turnstile
      .run(credentials.address, () => this.#ask(fields, credentials, key))
      .catch((error: unknown) => {
        if (error instanceof TurnedAway) return unavailable(error.message);
        throw error;
      });
  };

  async #ask(fields: ReturnType<typeof filled>, credentials: Credentials, key: string): Promise<Verdict> {
    if (!this.#circuit.mayTry()) return unavailable('it has failed too often and is left alone for a while');
    const verdict = await this.#answer(fields, credentials);
    if ('nonsense' in verdict) {
      if (this.#circuit.failed()) {
        const { failuresMax, pauseMs } = this.#options;
        this.#warn(
          `the link http failed ${failuresMax} times and is left alone for ${pauseMs} ms: ${verdict.nonsense}`,
        );
      }
      return unavailable(verdict.nonsense);
    }
    this.#circuit.succeeded();
    const { rememberMs, rememberDeniedMs } = this.#options;
    this.#remembered.put(key, verdict, 'accepted' in verdict ? rememberMs : rememberDeniedMs);
    return verdict;
  }

  async #answer(fields: ReturnType<typeof filled>, credentials: Credentials): Promise<Verdict | Nonsense> {
    const { url, init } = requestOf(this.#form, fields);
    const limits = { timeoutMs: this.#options.timeoutMs, bytesMax: ANSWER_BYTES_MAX };
    try {
      return verdictOf(await boundedFetch(url, init, limits), credentials);
    } catch (error) {
      return { nonsense: error instanceof NoAnswer ? error.message : 'it cannot be asked' };
    }
  }
}

function isCurrent(verdict: Verdict): boolean {
  return !('accepted' in verdict) || (verdict.accepted.expiresAt ?? Number.POSITIVE_INFINITY) > Date.now();
}

function unavailable(why: string): Verdict {
  return { refused: { ...UNAVAILABLE, why } };
}
