// That something is wrong is enough: in place of `topic/problems.ts` of the protocol.

const PROBLEM = {};

export {
  PROBLEM as EMPTY,
  PROBLEM as HASH_MISPLACED,
  PROBLEM as HOLDS_NULL,
  PROBLEM as LONE_SURROGATE,
  PROBLEM as PLUS_MISPLACED,
  PROBLEM as SHARE_NAME_EMPTY,
  PROBLEM as SHARE_NAME_WILDCARD,
  PROBLEM as SHARE_WITHOUT_FILTER,
  PROBLEM as TOO_LONG,
  PROBLEM as WILDCARD_IN_NAME,
};
