// What can be wrong with a topic name or a topic filter, in words. Finds nothing: `names.ts` does.

/** What is wrong with a text, and the statements it breaks: `[5:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.1-2]`. */
export type TopicProblem = { readonly message: string; readonly clause: string };

export const EMPTY: TopicProblem = {
  message: 'has no characters',
  clause: '[5:MQTT-4.7.3-1] [3.1.1:MQTT-4.7.3-1]',
};
export const HOLDS_NULL: TopicProblem = {
  message: 'holds U+0000',
  clause: '[5:MQTT-4.7.3-2] [3.1.1:MQTT-4.7.3-2]',
};
export const TOO_LONG: TopicProblem = {
  message: 'takes more than 65,535 bytes',
  clause: '[5:MQTT-4.7.3-3] [3.1.1:MQTT-4.7.3-3]',
};
export const LONE_SURROGATE: TopicProblem = {
  message: 'holds half of a surrogate pair, which UTF-8 cannot carry',
  clause: '[5:MQTT-1.5.4-1] [3.1.1:MQTT-1.5.3-1]',
};
export const WILDCARD_IN_NAME: TopicProblem = {
  message: 'holds a wildcard, which only a topic filter may',
  clause: '[5:MQTT-4.7.0-1] [3.1.1:MQTT-4.7.1-1]',
};
export const HASH_MISPLACED: TopicProblem = {
  message: 'holds a # that is not alone in the last level',
  clause: '[5:MQTT-4.7.1-1] [3.1.1:MQTT-4.7.1-2]',
};
export const PLUS_MISPLACED: TopicProblem = {
  message: 'holds a + that does not fill its level',
  clause: '[5:MQTT-4.7.1-2] [3.1.1:MQTT-4.7.1-3]',
};
export const SHARE_NAME_EMPTY: TopicProblem = {
  message: 'has a share name without characters',
  clause: '[5:MQTT-4.8.2-1]',
};
export const SHARE_NAME_WILDCARD: TopicProblem = {
  message: 'has a share name that holds + or #',
  clause: '[5:MQTT-4.8.2-2]',
};
export const SHARE_WITHOUT_FILTER: TopicProblem = {
  message: 'has no topic filter after its share name',
  clause: '[5:MQTT-4.8.2-2]',
};
