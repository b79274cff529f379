// Colours by what a piece of text is. Whether there are any is the caller's word: this file looks at no terminal.

const STYLES = {
  plain: '',
  title: '1',
  faint: '2',
  bytes: '36',
  value: '32',
  fault: '1;31',
  warning: '33',
  chosen: '7',
} as const;

export type Style = keyof typeof STYLES;

export type Paint = (style: Style, text: string) => string;

const plain: Paint = (_style, text) => text;

const coloured: Paint = (style, text) =>
  style === 'plain' || text.trim() === '' ? text : `\u001b[${STYLES[style]}m${text}\u001b[0m`;

/** Something that paints, or, without colour, leaves text as it is. */
export function painter(colour: boolean): Paint {
  return colour ? coloured : plain;
}
