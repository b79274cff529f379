// All rules, in the order in which they are told.

import { clausesExist } from './clauses.ts';
import { linksResolve, lockNamesNoHost, noDeadFiles, noPlaces, publishableManifests } from './files.ts';
import {
  everyTestRuns,
  filesSayWhatTheyOwn,
  noDefaultExports,
  noLeftovers,
  plainTypeScript,
} from './language.ts';
import { shortFiles, shortFunctions } from './lengths.ts';
import { noVersionCompared, portableRooms, pureRooms } from './pure.ts';
import type { Rule } from './repository.ts';
import { packagesInOrder, roomsInOrder } from './rooms.ts';

export const RULES: readonly Rule[] = [
  packagesInOrder,
  roomsInOrder,
  pureRooms,
  portableRooms,
  noVersionCompared,
  shortFiles,
  shortFunctions,
  plainTypeScript,
  noDefaultExports,
  noLeftovers,
  everyTestRuns,
  filesSayWhatTheyOwn,
  clausesExist,
  publishableManifests,
  lockNamesNoHost,
  noPlaces,
  noDeadFiles,
  linksResolve,
];
