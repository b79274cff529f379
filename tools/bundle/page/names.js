// Topic names and topic filters by the means of the platform: in place of `topic/names.ts` of the protocol, which is faster and
// says what is wrong.

const PROBLEM = {};
const encoder = new TextEncoder();

function isText(text) {
  return text !== '' && !/[\0\ud800-\udfff]/u.test(text) && encoder.encode(text).length <= 65_535;
}

/** # alone and last, + alone in its level. */
function isFilter(text) {
  const fits = (level, index, { length }) =>
    !/[+#]/.test(level) || level === '+' || (level === '#' && index === length - 1);
  return isText(text) && text.split('/').every(fits);
}

export function isTopicName(text) {
  return isText(text) && !/[+#]/.test(text);
}

export function topicNameProblem(text) {
  return isTopicName(text) ? undefined : PROBLEM;
}

export function parseTopicName(text) {
  return isTopicName(text) ? text : undefined;
}

export function sharedFilterProblem(text) {
  return parseSharedFilter(text) === undefined ? PROBLEM : undefined;
}

export function parseTopicFilter(filter, shareName, matching = filter) {
  return isFilter(filter) ? { filter, shareName, matching, wildcard: /[+#]/.test(matching) } : undefined;
}

export function parseSharedFilter(text) {
  const [, shareName, matching] = /^\$share\/([^/]*)(?:\/(.*))?$/s.exec(text) ?? ['', undefined, text];
  return shareName === '' || /[+#]/.test(shareName) || !matching
    ? undefined
    : parseTopicFilter(text, shareName, matching);
}

export function topicMatchesFilter(topic, filter) {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}
