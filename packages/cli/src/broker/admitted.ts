// Who is let in through a listener, in words for the start of the broker.

import type { Listener, Settings } from '@anax/broker';

/** `(2 users, and clients without user name)` */
export function admitted(
  { name, loopback }: Pick<Listener, 'name' | 'loopback'>,
  settings: Settings,
): string {
  const own = settings.listeners.find(({ options }) => options.name === name);
  const chain = own?.authentication;
  const certificates = own?.userNameFrom === undefined ? '' : 'certificates of clients; ';
  return `(${certificates}${chain === undefined ? ofUsers(loopback, settings) : ofChain(loopback, chain)})`;
}

function ofUsers(loopback: boolean, { users, anonymous }: Settings): string {
  const open = anonymous === 'always' || (anonymous === 'loopback' && loopback);
  const who = users.length === 1 ? '1 user' : `${users.length} users`;
  if (users.length > 0) return `${who}, ${open ? 'and clients without user name' : KEPT_OUT}`;
  if (!open) return 'nobody is let in: no users are set, and clients without user name are kept out here';
  return loopback
    ? 'everybody on this machine is let in'
    : 'EVERYBODY IS LET IN, from anywhere: anonymous is `always`';
}

const KEPT_OUT = 'clients without user name are kept out';

function ofChain(loopback: boolean, links: NonNullable<Settings['authentication']>): string {
  const asked = links.flatMap(({ type }) => (type === 'anonymous' ? [] : [type]));
  const doors = links.flatMap((link) => (link.type === 'anonymous' ? [link.from] : []));
  const open = doors.includes('anywhere') || (doors.includes('loopback') && loopback);
  const who = asked.length > 0 ? `asked: ${asked.join(', ')}` : 'nobody else is asked';
  if (!open) return `${who}; ${KEPT_OUT}`;
  return loopback
    ? `${who}; clients without user name are let in`
    : `${who}; CLIENTS WITHOUT USER NAME ARE LET IN, from anywhere`;
}
