// Filters, the topics they match and those they do not, as data. `{}` is a topic of its own for each row, with
// several levels; `{flat}` is one of a single level. [5:4.7] [3.1.1:4.7] [3.1:A]

export interface TopicRow {
  readonly filter: string;
  readonly matches: readonly string[];
  readonly others: readonly string[];
}

function row(filter: string, matches: readonly string[], others: readonly string[]): TopicRow {
  return { filter, matches, others };
}

/** No wildcard: a filter matches the same characters and no others. */
export const NAME_ROWS: readonly TopicRow[] = [
  row('{}/ACCOUNTS', ['{}/ACCOUNTS'], ['{}/Accounts', '{}/accounts']),
  row('{}/\u{3a3}', ['{}/\u{3a3}'], ['{}/\u{3c3}', '{}/\u{3c2}']),
  row('{}/\u{df}', ['{}/\u{df}'], ['{}/ss', '{}/SS', '{}/\u{1e9e}']),
  row('{}', ['{}'], ['/{}', '{}/', '{}//', '/{}/']),
  row('/{}', ['/{}'], ['{}', '//{}', '/{}/']),
  row('{}/', ['{}/'], ['{}', '{}//']),
  row('{}/a//b', ['{}/a//b'], ['{}/a/b', '{}/a///b']),
  row('//{}', ['//{}'], ['{}', '/{}', '///{}']),
  row('{}/a b', ['{}/a b'], ['{}/ab', '{}/a  b', '{}/a\u{a0}b', '{}/a_b']),
  row('{}/ a', ['{}/ a'], ['{}/a', '{}/a ']),
  row(' {}', [' {}'], ['{}', '{} ']),
  row('{}/ ', ['{}/ '], ['{}/', '{}']),
  row('{}/\u{e9}', ['{}/\u{e9}'], ['{}/e\u{301}', '{}/e']),
  row('{}/e\u{301}', ['{}/e\u{301}'], ['{}/\u{e9}']),
  row('{}/\u{212b}', ['{}/\u{212b}'], ['{}/\u{c5}', '{}/A\u{30a}']),
  row('{}/\u{fb01}', ['{}/\u{fb01}'], ['{}/fi']),
  row('{}/\u{feff}', ['{}/\u{feff}'], ['{}/', '{}']),
  row('\u{feff}{}', ['\u{feff}{}'], ['{}']),
  row('{}/a\u{feff}b', ['{}/a\u{feff}b'], ['{}/ab', '{}/a b']),
  row('{}/\u{1f600}', ['{}/\u{1f600}'], ['{}/\u{1f601}', '{}/\u{fffd}', '{}/?']),
  row('{}/\u{fffd}', ['{}/\u{fffd}'], ['{}/?', '{}/']),
  row('{}/a%2Fb', ['{}/a%2Fb'], ['{}/a/b']),
  row('{}/./a', ['{}/./a'], ['{}/a']),
  row('{}/a/../b', ['{}/a/../b'], ['{}/b']),
  row('{}/*', ['{}/*'], ['{}/a']),
  row('{}/a\\b', ['{}/a\\b'], ['{}/a/b', '{}/ab']),
  row('{}/a$b', ['{}/a$b'], ['{}/ab']),
  row('{}/$a', ['{}/$a'], ['{}/a']),
];

export const HASH_ROWS: readonly TopicRow[] = [
  row('#', ['{}', '/{}', '{flat}'], []),
  row('{}/#', ['{}', '{}/', '{}//', '{}/a', '{}/a/b/c', '{}/$a'], ['/{}', '/{}/a', '{}a']),
  row(
    '{}/player1/#',
    ['{}/player1', '{}/player1/', '{}/player1/ranking', '{}/player1/score/wimbledon'],
    ['{}/player', '{}/player12', '{}/Player1', '{}'],
  ),
  row('/{}/#', ['/{}', '/{}/a'], ['{}', '{}/a', '//{}']),
  row('{}//#', ['{}/', '{}//', '{}//a'], ['{}', '{}/a']),
];

export const PLUS_ROWS: readonly TopicRow[] = [
  row('+', ['{flat}'], ['/{flat}', '{flat}/', '{}']),
  row('/+', ['/{flat}'], ['{flat}', '/{flat}/', '//{flat}']),
  row('+/+', ['/{flat}', '{flat}/', '{flat}/a'], ['{flat}', '{flat}/a/b', '/{flat}/']),
  row('+/{}', ['/{}', 'a/{}', ' /{}'], ['{}', 'a/b/{}', '//{}', 'a/{}/b']),
  row('{}/+', ['{}/', '{}/player1', '{}/ ', '{}/$a'], ['{}', '{}/player1/ranking', '{}//']),
  row('{}/+/b', ['{}/a/b', '{}//b'], ['{}/b', '{}/a/a/b', '{}/a/B', '{}/a/b/', '{}/a']),
  row('{}/+/b/+/+', ['{}/a/b/c/d', '{}//b//'], ['{}/a/b/c', '{}/a/b/c/d/e', '{}/a/x/c/d']),
  row('+/+/{}', ['//{}', 'a/b/{}'], ['/{}', '{}', 'a/b/c/{}']),
];

export const BOTH_ROWS: readonly TopicRow[] = [
  row('{}/+/#', ['{}/', '{}/a', '{}/a/b/c', '{}//'], ['{}', '/{}/a']),
  row('+/{}/#', ['/{}', 'a/{}', 'a/{}/b/c'], ['{}', '{}/b', 'a/b/{}']),
  row('{}/+/b/#', ['{}/a/b', '{}//b', '{}/a/b/c/d'], ['{}/a', '{}/b', '{}/a/c/b']),
];
