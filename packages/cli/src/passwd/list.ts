// Who stands in a password file, and how well each password is kept. Shows no hash.

import { parseHash, parseScram, type UserLine } from '@anax/broker';
import { padded, printable, printableJson } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode } from '../world/edges.ts';
import { complain } from '../world/verb.ts';
import type { UserFile } from './users.ts';

/** Fewer rounds of PBKDF2 than this are no work for somebody who has the file. */
const PBKDF2_ITERATIONS_MIN = 100_000;

/** Exit code 2 where a line is not understood: the broker does not load such a file. */
export async function list(
  { file, lines }: UserFile,
  { json }: { readonly json?: true },
  edges: Edges,
): Promise<ExitCode> {
  const users = lines.filter(({ name }) => name !== undefined);
  const columns = Math.max(0, ...users.map(({ name = '' }) => printable(name).length));
  let code: ExitCode = EXIT.good;
  for (const user of users) {
    const { name = '' } = user;
    const { kind, problem, weak } = aboutOf(user);
    if (problem !== undefined) code = EXIT.usage;
    const note = problem ?? weak;
    const text = note === undefined ? kind : `${kind}: ${note}`;
    await edges.write(
      json
        ? `${printableJson({ name, kind, problem, weak })}\n`
        : `${padded(printable(name), columns)}  ${text}\n`,
    );
  }
  if (users.length === 0) complain('passwd', `there is no user in ${file}`, edges);
  return code;
}

interface About {
  readonly kind: string;
  readonly problem?: string;
  readonly weak?: string;
}

function aboutOf({ hash = '', kind = '' }: UserLine): About {
  if (kind !== 'password') {
    const credential = parseScram(hash);
    return 'problem' in credential
      ? { kind, problem: credential.problem }
      : { kind: `${credential.mechanism}, ${credential.iterations} iterations` };
  }
  const found = parseHash(hash);
  if ('problem' in found) return { kind: 'not understood', problem: found.problem };
  switch (found.kind) {
    case 'scrypt':
      return { kind: 'scrypt' };
    case 'sha512':
      return { kind: '$6$ of mosquitto', weak: 'one round only, set the password again' };
    case 'pbkdf2': {
      const { iterations } = found;
      const few = iterations < PBKDF2_ITERATIONS_MIN;
      return {
        kind: '$7$ of mosquitto',
        ...(few ? { weak: `${iterations} rounds only, set the password again` } : {}),
      };
    }
  }
}
