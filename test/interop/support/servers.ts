// Servers that nobody here wrote: Debian's mosquitto as a process, npm's aedes in this one. Each has a door for
// everybody and one for a user with a password.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server as TcpServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Aedes, type AuthenticateError } from 'aedes';
import { atEnd } from './at-end.ts';
import { Child } from './children.ts';
import { program } from './programs.ts';

export const USER = { userName: 'ada', password: 'right' } as const;

export interface Server {
  /** Lets everybody in. */
  readonly open: number;
  /** Lets USER in and nobody else. */
  readonly closed: number;
}

export async function listen(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** @param settings lines for its configuration */
export async function startMosquitto(settings: readonly string[] = []): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'anax-mosquitto-'));
  const passwords = join(folder, 'passwords');
  execFileSync(program('mosquitto_passwd'), ['-b', '-c', passwords, USER.userName, USER.password]);
  const [open, closed] = [await freePort(), await freePort()];
  const lines = [
    'per_listener_settings true',
    `user ${userInfo().username}`,
    'log_dest stderr',
    'persistence false',
    ...settings,
    `listener ${open} 127.0.0.1`,
    'allow_anonymous true',
    `listener ${closed} 127.0.0.1`,
    'allow_anonymous false',
    `password_file ${passwords}`,
  ];
  await writeFile(join(folder, 'mosquitto.conf'), lines.join('\n'));
  const child = new Child(program('mosquitto'), ['-c', join(folder, 'mosquitto.conf')]);
  atEnd(async () => {
    await child.end('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  });
  await child.note(/mosquitto version \S+ running/);
  return { open, closed };
}

export async function startAedes(): Promise<Server> {
  const everybody = await Aedes.createBroker();
  const members = await Aedes.createBroker({
    authenticate: (_client, userName, password, done) => {
      if (userName === USER.userName && password?.toString() === USER.password) return done(null, true);
      const refusal: AuthenticateError = Object.assign(new Error('refused'), {
        returnCode: userName === undefined ? 5 : 4,
      });
      done(refusal, null);
    },
  });
  const doors = [everybody, members].map((aedes) => ({ aedes, server: createServer(aedes.handle) }));
  atEnd(async () => {
    for (const { aedes, server } of doors) {
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await new Promise((resolve) => server.close(resolve));
    }
  });
  const [open = 0, closed = 0] = await Promise.all(doors.map(({ server }) => listen(server)));
  return { open, closed };
}
