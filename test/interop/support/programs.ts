// Which foreign programs these tests need and where they are. Without one of them the run fails here, with a sentence.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Debian's own: a Python from elsewhere does not see Debian's paho. */
export const PYTHON = '/usr/bin/python3';
export const PAHO_CLIENT: string = fileURLToPath(new URL('../paho/client.py', import.meta.url));
export const ANAX: string = fileURLToPath(new URL('../../../packages/cli/bin/anax.js', import.meta.url));

/** The command, and the Debian package that has it. */
const PACKAGES: Readonly<Record<string, string>> = {
  mosquitto: 'mosquitto',
  mosquitto_passwd: 'mosquitto',
  mosquitto_pub: 'mosquitto-clients',
  mosquitto_sub: 'mosquitto-clients',
  stdbuf: 'coreutils',
};

/** Debian puts servers where the path of a plain user does not lead. */
function find(command: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];
  return folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
}

export function program(command: string): string {
  const file = find(command);
  if (file === undefined) throw new Error(`${command} is not installed`);
  return file;
}

/** Run by vitest before any test. */
export function setup(): void {
  const missing = new Map<string, string>();
  for (const [command, name] of Object.entries(PACKAGES)) {
    if (find(command) === undefined) missing.set(command, name);
  }
  if (!hasPaho()) missing.set(`paho for ${PYTHON}`, 'python3-paho-mqtt');
  if (missing.size === 0) return;
  const names = [...new Set(missing.values())].join(' ');
  throw new Error(
    `These tests need programs that are not here: ${[...missing.keys()].join(', ')}. ` +
      `On Debian: apt-get install ${names}`,
  );
}

function hasPaho(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import paho.mqtt.client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
