// A translated mosquitto.conf as the text of a configuration file, with what is to be said as comments.

import { stringify } from 'yaml';
import type { Remark } from './draft.ts';
import type { Translation } from './translate.ts';

const HEADS: readonly (readonly [Remark['kind'], string])[] = [
  ['left-out', 'Left out:'],
  ['differs', 'Not quite the same:'],
];

export function configurationText({ configuration, remarks }: Translation, name: string): string {
  const lines = [`# From ${oneLine(name)}, by anax config import.`];
  for (const [kind, head] of HEADS) {
    const own = remarks.filter((remark) => remark.kind === kind);
    if (own.length === 0) continue;
    lines.push('#', `# ${head}`, ...own.map((remark) => `#   ${oneLine(sentenceOf(remark))}`));
  }
  return `${lines.join('\n')}\n\n${stringify(configuration, { lineWidth: 0 })}`;
}

/** Without the value, which may be a secret. */
export function sentenceOf({ line: { place, option }, kind, text }: Remark): string {
  return kind === 'left-out'
    ? `${place}: \`${option}\` is left out: ${text}`
    : `${place}: \`${option}\`: ${text}`;
}

/** Nothing in a name ends a comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '?');
}
