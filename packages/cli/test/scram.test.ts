/** Owns what the verbs do with SCRAM: the exchange is had, and the password stays here. */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PENCIL, ScramPeer } from '../../client/test/scram-server.ts';
import { connCommand } from '../src/conn.ts';
import { pubCommand } from '../src/pub.ts';
import { run } from './support.ts';

/** A server with one user, and all that it was sent. */
async function scramServer(): Promise<{
  readonly port: string;
  readonly heard: string[];
  readonly bytes: Buffer[];
}> {
  const heard: string[] = [];
  const bytes: Buffer[] = [];
  const server = createServer((socket) => {
    const peer = new ScramPeer(
      'SCRAM-SHA-256',
      () => PENCIL,
      (packet) => socket.write(packet),
    );
    socket.on('data', (chunk) => {
      bytes.push(chunk);
      peer.hear(chunk);
      heard.push(...peer.heard.splice(0));
    });
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: String((server.address() as AddressInfo).port), heard, bytes };
}

const WHO = ['-u', 'user', '-P', 'pencil'];

describe('--authentication-method SCRAM-SHA-256', () => {
  it('authenticates with --username and --password, which CONNECT does not carry', async () => {
    const { port, heard, bytes } = await scramServer();
    const { out, code } = await run(connCommand, [
      '--authentication-method',
      'SCRAM-SHA-256',
      ...WHO,
      ...['-h', '127.0.0.1', '-p', port],
    ]);
    expect([code, heard]).toEqual([0, ['connect', 'auth 18', 'disconnect']]);
    expect(out).toContain('SCRAM-SHA-256');
    expect(Buffer.concat(bytes).toString('latin1')).not.toContain('pencil');
  });

  it('is --auth-method, too, and for pub', async () => {
    const { port, heard } = await scramServer();
    const { code } = await run(pubCommand, [
      ...['--auth-method', 'SCRAM-SHA-256', ...WHO],
      ...['-h', '127.0.0.1', '-p', port, '-t', 'a', '-m', 'x', '-q', '1'],
    ]);
    expect([code, heard]).toEqual([0, ['connect', 'auth 18', 'publish', 'disconnect']]);
  });

  it('tells that the password is wrong', async () => {
    const { port } = await scramServer();
    const { error, code } = await run(connCommand, [
      ...['--auth-method', 'SCRAM-SHA-256', '-u', 'user', '-P', 'pen'],
      ...['-h', '127.0.0.1', '-p', port],
    ]);
    expect(code).toBe(1);
    expect(error).toContain('Bad User Name or Password');
    expect(error).toContain('the proof is wrong');
  });

  it.each([
    ['without a password', ['-u', 'user'], 'needs --username and --password'],
    ['with a name that no SASLprep takes', ['-u', 'u\u0007', '-P', 'p'], 'SASLprep refuses the userName'],
    ['in 3.1.1', [...WHO, '-V', '3.1.1'], 'needs MQTT 5'],
    ['twice', [...WHO, '--authentication-method', 'SCRAM-SHA-1'], 'are the same: give one'],
  ])('is refused %s', async (_, args, why) => {
    const { error, code } = await run(connCommand, ['--auth-method', 'SCRAM-SHA-256', ...args]);
    expect(code).toBe(2);
    expect(error).toContain(why);
  });
});
