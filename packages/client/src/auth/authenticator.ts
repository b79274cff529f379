// What a method of enhanced authentication is to this client: one exchange, from its first data to its proof. [5:4.12]
// Types only.

import type { PropertiesOf } from '@anax/protocol';

/** The server's AUTH that asks for more. */
export type AuthChallenge = PropertiesOf<'auth'>;

/** What answers it; the Authentication Method is added. */
export type AuthAnswer = Omit<PropertiesOf<'auth'>, 'authenticationMethod'>;

/** What an exchange begins with: in CONNECT, or in the AUTH that begins a re-authentication. */
export type AuthStart = Pick<AuthAnswer, 'authenticationData' | 'userProperties'>;

/** What the server ends an exchange with: its CONNACK, or the AUTH that ends a re-authentication. */
export type AuthEnd = PropertiesOf<'connack'> | PropertiesOf<'auth'>;

/**
 * One exchange. Whatever a call throws, or rejects with, ends the connection; an `MqttError` with the code
 * `server-not-authenticated` says that the server is not who it should be, and that the client is to end with it.
 */
export interface Authenticator {
  /** Authentication Method. [5:3.1.2.11.9] */
  readonly method: string;
  start(): AuthStart | Promise<AuthStart>;
  next(challenge: AuthChallenge): AuthAnswer | Promise<AuthAnswer>;
  /** The server has said that it is content; returns where this end is, too. Left out where the server has nothing to prove. */
  finish?(end: AuthEnd): void | Promise<void>;
}

/** What the server has said, and what is now this end's turn: to answer, or to be content. */
export type AuthStep =
  | { readonly type: 'challenge'; readonly properties: AuthChallenge }
  | { readonly type: 'end'; readonly properties: AuthEnd };
