// Whom a rule is for. What cannot be known of somebody is neither yes nor no: whoever asks decides what is safe.

import { isWithin, type Network, parseAddress, parseNetwork } from '../../network.ts';
import type { Identity, LoginFacts, Who } from './rule.ts';

export type Verdict = 'yes' | 'no' | 'unknown';

export type Test = (identity: Identity) => Verdict;

const verdict = (holds: boolean): Verdict => (holds ? 'yes' : 'no');

/** Each key of `Who`, made into a test of one identity. */
const TESTS: { readonly [K in keyof Who]-?: (wanted: NonNullable<Who[K]>) => Test } = {
  clientIds: (wanted) => listed(wanted, ({ clientId }) => clientId),
  users: (wanted) => listed(wanted, ({ userName }) => userName),
  anonymous: (wanted) => (identity) => verdict((identity.userName === undefined) === wanted),
  plainNames:
    () =>
    ({ clientId, userName }) =>
      verdict(!/[+#]/.test(`${clientId}${userName ?? ''}`)),
  addresses: (wanted) => {
    const networks = wanted.map(networkOf);
    return ofLogin(({ address }) => {
      const bytes = parseAddress(address);
      // Of a Unix socket, or of a stream that a program handed over, nobody knows where it comes from.
      if (bytes === undefined) return 'unknown';
      return verdict(networks.some((network) => isWithin(bytes, network)));
    });
  },
  listeners: (wanted) => ofLogin(({ listener }) => verdict(wanted.includes(listener))),
  commonNames: (wanted) => ofCertificate(({ commonName }) => verdict(isListed(wanted, commonName))),
  alternativeNames: (wanted) =>
    ofCertificate(({ subjectAlternativeNames }) =>
      verdict(subjectAlternativeNames.some(({ value }) => wanted.includes(value))),
    ),
  fingerprints: (wanted) => ofHex(wanted, ({ fingerprint }) => fingerprint),
  serialNumbers: (wanted) => ofHex(wanted, ({ serialNumber }) => serialNumber),
};

type Certificate = NonNullable<LoginFacts['certificate']>;

/** @throws TypeError for an address that is none */
export function testOf(who: Who): Test {
  const tests: Test[] = [];
  for (const key of Object.keys(TESTS) as (keyof Who)[]) {
    const wanted = who[key];
    if (wanted !== undefined) tests.push((TESTS[key] as (wanted: unknown) => Test)(wanted));
  }
  return (identity) => {
    let all: Verdict = 'yes';
    for (const test of tests) {
      const one = test(identity);
      if (one === 'no') return 'no';
      if (one === 'unknown') all = 'unknown';
    }
    return all;
  };
}

function isListed(wanted: readonly string[], value: string | undefined): boolean {
  return value !== undefined && wanted.includes(value);
}

function listed(wanted: readonly string[], look: (identity: Identity) => string | undefined): Test {
  const set = new Set(wanted);
  return (identity) => {
    const value = look(identity);
    return verdict(value !== undefined && set.has(value));
  };
}

function ofLogin(test: (login: LoginFacts) => Verdict): Test {
  return ({ login }) => (login === undefined ? 'unknown' : test(login));
}

/** Who shows no certificate has no name in one. */
function ofCertificate(test: (certificate: Certificate) => Verdict): Test {
  return ofLogin(({ certificate }) => (certificate === undefined ? 'no' : test(certificate)));
}

/** A proxy may have kept these to itself. */
function ofHex(wanted: readonly string[], look: (certificate: Certificate) => string | undefined): Test {
  const set = new Set(wanted.map(plainHex));
  return ofCertificate((certificate) => {
    const value = look(certificate);
    return value === undefined ? 'unknown' : verdict(set.has(plainHex(value)));
  });
}

function plainHex(text: string): string {
  return text.replaceAll(':', '').toLowerCase();
}

function networkOf(text: string): Network {
  const network = parseNetwork(text);
  if (network === undefined) throw new TypeError(`a rule names ${JSON.stringify(text)}, which is no network`);
  return network;
}
