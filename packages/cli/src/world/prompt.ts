// A question to whoever sits at the terminal, whose answer is not shown. Keeps nothing of it.

import { type Edges, UsageError } from './edges.ts';

/** @throws UsageError where nobody sits there, or no answer is given. */
export function askHidden(
  question: string,
  { keyboard, writeError }: Pick<Edges, 'keyboard' | 'writeError'>,
): Promise<string> {
  if (keyboard === undefined)
    throw new UsageError('standard input is no terminal, where a password could be typed');
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const end = keyboard((keys) => {
      for (const key of keys) {
        if (key === '\r' || key === '\n') return done(() => resolve(typed.join('')));
        if (key === '\u0003' || key === '\u0004') {
          return done(() => reject(new UsageError('no password was given')));
        }
        if (key === '\u007f' || key === '\b') typed.pop();
        else if (key === '\u0015') typed = [];
        else typed.push(key);
      }
    });
    const done = (settle: () => void): void => {
      end();
      writeError('\n');
      settle();
    };
    writeError(question);
  });
}
