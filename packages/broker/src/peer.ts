// What a listener knows of the other end before that says anything: types, for those who find it out and those who judge
// by it.

/** The certificate that a peer showed and proved to have, or a proxy says that it did; only what is in it. */
export interface CertificateFacts {
  /** CN of the subject; undefined where there is none, or more than one. */
  readonly commonName: string | undefined;
  /** In the order of the certificate. */
  readonly subjectAlternativeNames: readonly AlternativeName[];
  /** SHA-256 over the certificate, in hex without colons; unknown where a proxy took it. */
  readonly fingerprint: string | undefined;
  /** In hex. */
  readonly serialNumber: string | undefined;
  /** In ms since 1970. */
  readonly validUntil: number | undefined;
}

export interface AlternativeName {
  readonly kind: 'dns' | 'email' | 'uri' | 'ip';
  readonly value: string;
}

/** Which part of a certificate is taken as the user name. */
export type UserNameFrom = 'commonName' | 'subjectAlternativeName';

/** How bytes come; `stream` is what a program hands over. */
export type ListenerProtocol = 'tcp' | 'tls' | 'ws' | 'wss' | 'unix' | 'stream';

/** Where somebody came in. */
export interface ListenerFacts {
  readonly name: string;
  readonly protocol: ListenerProtocol;
}

/** What is known of a peer before it says anything. */
export interface PeerFacts {
  /** Whether the listener is reachable from this machine only, and no proxy stands before it. */
  readonly loopback: boolean;
  readonly certificate: CertificateFacts | undefined;
  /** Whose pre-shared key the peer has. */
  readonly pskIdentity: string | undefined;
}
