// What a terminal sends, as keys by name. A sequence that is not known is no key. Pure.

export type Key =
  | { readonly name: 'text'; readonly text: string }
  | {
      readonly name:
        | 'up'
        | 'down'
        | 'left'
        | 'right'
        | 'page-up'
        | 'page-down'
        | 'home'
        | 'end'
        | 'enter'
        | 'escape'
        | 'backspace'
        | 'interrupt'
        | 'redraw';
    };

type Name = Exclude<Key['name'], 'text'>;

const SEQUENCES: ReadonlyMap<string, Name> = new Map<string, Name>([
  ['A', 'up'],
  ['B', 'down'],
  ['C', 'right'],
  ['D', 'left'],
  ['H', 'home'],
  ['F', 'end'],
  ['1~', 'home'],
  ['4~', 'end'],
  ['5~', 'page-up'],
  ['6~', 'page-down'],
  ['7~', 'home'],
  ['8~', 'end'],
]);

const ESCAPE = '\u001b';

const CONTROLS: ReadonlyMap<string, Name> = new Map<string, Name>([
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\u0003', 'interrupt'],
  ['\u0004', 'interrupt'],
  ['\u0008', 'backspace'],
  ['\u007f', 'backspace'],
  ['\u000c', 'redraw'],
  [ESCAPE, 'escape'],
]);

/** What follows an escape where it is not the key itself. */
const SEQUENCE = /^(?:\[([0-9;?<=>]*[@-~])|O([@-~]))/;

export function keysOf(input: string): readonly Key[] {
  const keys: Key[] = [];
  let rest = input;
  while (rest !== '') {
    const sequence = rest.startsWith(ESCAPE) ? SEQUENCE.exec(rest.slice(1)) : null;
    if (sequence !== null) {
      const name = SEQUENCES.get(sequence[1] ?? sequence[2] ?? '');
      if (name !== undefined) keys.push({ name });
      rest = rest.slice(1 + sequence[0].length);
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    const control = CONTROLS.get(character);
    if (control !== undefined) keys.push({ name: control });
    else if (!/\p{Cc}/u.test(character)) keys.push({ name: 'text', text: character });
    rest = rest.slice(character.length);
  }
  return keys;
}
