// TLS over accepted sockets: the side of the server, its certificates that can be exchanged while it runs, and what the
// client has proved. Knows no MQTT.

import type { Socket } from 'node:net';
import type { Server, TlsOptions as ServerOptions, TLSSocket } from 'node:tls';
import { certificateFacts } from './certificate.ts';
import { cut } from './gate.ts';
import type { Taker } from './listener.ts';
import { type End, filesOf, type Material, readMaterial, type Secrets, type TlsOptions } from './secrets.ts';
import type { Visit } from './visit.ts';

export class Handshakes implements Secrets {
  readonly files: readonly string[];
  readonly #tls: TlsOptions;
  readonly #server: Server;
  readonly #taker: Taker;
  readonly #secure: (visit: Visit) => void;
  /** By address and port of the socket: TLS is a socket of its own, and does not say over which it is. */
  readonly #under = new Map<string, Visit>();
  /** Whose key a socket has shown to have. */
  readonly #identities = new WeakMap<Socket, string>();
  #material: Material;

  /**
   * @param create a server that is never listening: sockets are given to it
   * @param secure the handshake is over
   * @throws SecretsFault
   */
  constructor(
    tls: TlsOptions,
    alpnProtocols: readonly string[],
    create: (options: ServerOptions) => Server,
    taker: Taker,
    secure: (visit: Visit) => void,
  ) {
    this.files = filesOf(tls);
    this.#tls = tls;
    this.#taker = taker;
    this.#secure = secure;
    this.#material = readMaterial(tls);
    this.#server = create(this.#serverOptions(alpnProtocols));
    this.#server.on('secureConnection', (socket) => this.#done(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#failed(error, socket));
  }

  get ends(): readonly End[] {
    return this.#material.ends;
  }

  read(): () => void {
    const material = readMaterial(this.#tls);
    return () => {
      // Tickets of sessions before are not taken any more: who was revoked cannot go on with one.
      this.#server.setSecureContext(material.context);
      this.#material = material;
    };
  }

  #serverOptions(alpnProtocols: readonly string[]): ServerOptions {
    const { clientCertificate, pskFile, pskHint } = this.#tls;
    return {
      ...this.#material.context,
      allowHalfOpen: true,
      ALPNProtocols: [...alpnProtocols],
      requestCert: clientCertificate !== 'none',
      rejectUnauthorized: clientCertificate === 'required',
      SNICallback: (name, done) => {
        const found = this.#material.named.find(
          ({ certificate }) => certificate.checkHost(name) !== undefined,
        );
        done(null, found?.context);
      },
      ...(pskFile === undefined ? {} : { pskCallback: (socket, identity) => this.#keyOf(socket, identity) }),
      ...(pskHint === undefined ? {} : { pskIdentityHint: pskHint }),
    };
  }

  #keyOf(socket: Socket, identity: string): Uint8Array | null {
    const key = this.#material.keys?.get(identity);
    if (key === undefined) return null;
    this.#identities.set(socket, identity);
    return key;
  }

  /** Begins with a socket. */
  begin(visit: Visit): void {
    const { raw } = visit;
    const key = ends(raw);
    if (key === undefined) return cut(visit);
    this.#under.set(key, visit);
    raw.once('close', () => this.#forget(key, visit));
    this.#server.emit('connection', raw);
  }

  #forget(key: string, visit: Visit): void {
    if (this.#under.get(key) === visit) this.#under.delete(key);
  }

  #done(socket: TLSSocket): void {
    const key = ends(socket) ?? '';
    const visit = this.#under.get(key);
    if (visit === undefined) {
      socket.destroy();
      return;
    }
    this.#forget(key, visit);
    // Without this an error of TLS itself, such as a record that is no good, leaves the socket open.
    socket.on('error', () => socket.destroy());
    const certificate = socket.getPeerX509Certificate();
    // Where it may be left out: one that is not good is worse than none.
    if (certificate !== undefined && !socket.authorized) {
      this.#taker.refused(
        visit.address,
        `a client certificate that is not good: ${socket.authorizationError}`,
      );
      return cut(visit);
    }
    visit.socket = socket;
    if (certificate !== undefined) visit.certificate = certificateFacts(certificate);
    visit.pskIdentity = this.#identities.get(socket);
    this.#secure(visit);
  }

  #failed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    // One that is gone has no address any more: nobody was refused.
    const visit = this.#under.get(ends(socket) ?? '');
    socket.destroy();
    if (visit === undefined) return;
    this.#taker.refused(visit.address, `no TLS: ${error.code ?? error.message}`);
    cut(visit);
  }
}

/** Of one listener, no two sockets at once have the same. */
function ends({ remoteAddress, remotePort }: Socket): string | undefined {
  return remotePort === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}
