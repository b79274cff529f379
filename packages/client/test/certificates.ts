/** Owns certificates for tests, made by openssl in a folder that goes with the test file. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Signed {
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface Certificates {
  readonly ca: Buffer;
  /** For 127.0.0.1 and localhost. */
  readonly server: Signed;
  /** For other.example only. */
  readonly other: Signed;
  readonly client: Signed;
  readonly remove: () => void;
}

export const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'anax-certificates-'));
  const openssl = (...args: readonly string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'ignore'] });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=ca', '-days', '2');
  const signed = (name: string, names: string): Signed => {
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}\n`);
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return {
      cert: readFileSync(join(folder, `${name}.pem`)),
      key: readFileSync(join(folder, `${name}.key`)),
    };
  };
  return {
    server: signed('server', 'IP:127.0.0.1,DNS:localhost'),
    other: signed('other', 'DNS:other.example'),
    client: signed('client', 'DNS:client'),
    ca: readFileSync(join(folder, 'ca.pem')),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
