/** Owns what the topic room offers to other rooms. Never holds logic. */

export { levelCount } from './levels.ts';
export {
  hasWildcard,
  isTopicFilter,
  isTopicName,
  type ParsedFilter,
  parseSharedFilter,
  parseTopicFilter,
  parseTopicName,
  sharedFilterProblem,
  type TopicFilter,
  type TopicName,
  topicBytesMax,
  topicFilterProblem,
  topicMatchesFilter,
  topicNameProblem,
} from './names.ts';
export type { TopicProblem } from './problems.ts';
export { type RetainedCursor, RetainedIndex } from './retained.ts';
export { SharedChooser, type SharedChooserOptions, type SharedStrategy, sharedStrategies } from './shared.ts';
export { SubscriptionTree } from './subscriptions.ts';
