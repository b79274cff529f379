// Sessions that are judged anew by a program around the broker: what it says, as the hub takes it.

import { Reason, reasonCodeAllowed } from '@anax/protocol';
import type { Decision, Permissions } from '../access/access.ts';
import { type Judges, type Login, permissionsOf } from '../access/login.ts';
import { type Judge, type Judged, NO_RIGHTS, type Rights } from '../hub/rights.ts';
import { type Absent, rightsWithoutLogin } from './absent.ts';

/** A session, connected or not. */
export interface SessionFacts {
  readonly clientId: string;
  /** Undefined for an anonymous client. */
  readonly userName: string | undefined;
  /** Undefined while its client is not connected. */
  readonly address: string | undefined;
  /** What it may do so far. */
  readonly permissions: Permissions;
}

/**
 * As an authenticator decides: accepted with other permissions, or refused, which takes all it has and ends its connection.
 * Undefined leaves it as it is; whoever throws refuses.
 */
export type SessionJudge = (session: SessionFacts) => Decision | undefined;

export function judgeOf(decide: SessionJudge | undefined, judges: Judges): Judge {
  // The same permissions, asked again: a hook may say something else by now.
  if (decide === undefined) return ({ rights }) => ({ rights });
  return ({ clientId, userName, address, rights, login }) => {
    const decision = decide({ clientId, userName, address, permissions: rights });
    if (decision === undefined) return undefined;
    if ('accepted' in decision) {
      const { accepted } = decision;
      const from = (login as Login | undefined) ?? strange(clientId, userName);
      const judged = { ...from, accepted };
      return { rights: permissionsOf(judged, judges), login: judged };
    }
    const { reasonCode, text } = decision.refused;
    const isSaid = reasonCodeAllowed(reasonCode, 'disconnect', 'server');
    return { rights: NO_RIGHTS, end: { reasonCode: isSaid ? reasonCode : Reason.notAuthorized, text } };
  };
}

/** What a session may do whose client is away, once settings have changed: as its login told, if somebody still speaks for it. */
export function offlineRights({ clientId, userName, login }: Judged, absent: Absent, judges: Judges): Rights {
  const known = login as Login | undefined;
  const isVouchedFor = known?.isVouchedFor();
  if (known === undefined || isVouchedFor === undefined) return absent.rightsOf(clientId, userName);
  return isVouchedFor ? permissionsOf(known, judges) : rightsWithoutLogin(absent, clientId, userName);
}

/** A client that has not come since the broker started. */
function strange(clientId: string, userName: string | undefined): Omit<Login, 'accepted'> {
  const isVouchedFor = () => true;
  return { clientId, userName, address: '', listener: undefined, certificate: undefined, isVouchedFor };
}
