// The request that asks about a client: fields with variables, written as JSON, a form or a query. A variable is put into a
// value and never into what stands around it, so that no client adds a field, a header or a part of the URL. Pure.

import { MqttError } from '@anax/protocol';
import type { Credentials } from '../access.ts';

export type FieldValues = Readonly<Record<string, string>>;

type Variable = (credentials: Credentials) => string | undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Undefined: the client has none, and the field is left out where it holds nothing else. */
const VARIABLES: Readonly<Record<string, Variable>> = {
  clientid: ({ clientId }) => clientId,
  username: ({ userName }) => userName,
  password: ({ password }) => (password === undefined ? undefined : utf8.decode(password)),
  passwordBase64: ({ password }) => password && Buffer.from(password).toString('base64'),
  address: ({ address }) => address,
  listener: ({ listener }) => listener.name,
  protocol: ({ dialect }) => dialect.name,
  commonName: ({ certificate }) => certificate?.commonName,
  fingerprint: ({ certificate }) => certificate?.fingerprint,
};

export const VARIABLE_NAMES = Object.keys(VARIABLES);

const PLACE = /\$\{([^}]*)\}/g;

/** @throws MqttError `invalid-configuration` */
export function requireKnownVariables(fields: FieldValues, key: string): void {
  for (const [name, template] of Object.entries(fields)) {
    for (const [, variable = ''] of template.matchAll(PLACE)) {
      if (Object.hasOwn(VARIABLES, variable)) continue;
      const known = VARIABLE_NAMES.join(', ');
      throw new MqttError(
        'invalid-configuration',
        `\`${key}.${name}\`: there is no \${${variable}}, only ${known}`,
      );
    }
  }
}

/** @throws TypeError for a password that is no UTF-8, where it is asked for as a text */
export function filled(
  fields: FieldValues,
  credentials: Credentials,
): readonly (readonly [string, string])[] {
  return Object.entries(fields).flatMap(([name, template]) => {
    let isEmpty = false;
    const value = template.replace(PLACE, (_, variable: string) => {
      const own = VARIABLES[variable]?.(credentials);
      isEmpty ||= own === undefined;
      return own ?? '';
    });
    return isEmpty && value === '' ? [] : [[name, value] as const];
  });
}

export interface RequestForm {
  readonly url: string;
  readonly method: 'POST' | 'GET';
  /** Of POST; GET has its fields in the query. */
  readonly format: 'json' | 'form';
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export function requestOf(
  { url, method, format, headers }: RequestForm,
  fields: readonly (readonly [string, string])[],
): { readonly url: string; readonly init: RequestInit } {
  const form = new URLSearchParams(fields.map(([name, value]): [string, string] => [name, value]));
  const accept = ['accept', 'application/json'] as const;
  if (method === 'GET') {
    const target = new URL(url);
    for (const [name, value] of form) target.searchParams.append(name, value);
    return {
      url: target.href,
      init: { method, headers: [accept, ...headers].map(([name, value]) => [name, value]) },
    };
  }
  const type = format === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  const all = [accept, ['content-type', type] as const, ...headers].map(([name, value]): [string, string] => [
    name,
    value,
  ]);
  // Without a prototype: a field may have any name.
  const body =
    format === 'json'
      ? JSON.stringify(Object.assign(Object.create(null), Object.fromEntries(fields)))
      : form.toString();
  return { url, init: { method, headers: all, body } };
}
