// What a terminal is sent to show lines, and to be as it was before. Only lines that changed are sent. Owns the sequences;
// writes nothing itself.

/** The other screen of the terminal, without a cursor, and no line goes on in the next one. */
export const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
export const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

export class Screen {
  /** Undefined where nobody knows what is shown. */
  #shown: readonly string[] | undefined;

  /** Whatever is there, the next lines are sent as a whole. */
  forget(): void {
    this.#shown = undefined;
  }

  /** Empty where nothing changed. */
  update(lines: readonly string[]): string {
    const before = this.#shown;
    this.#shown = lines;
    const parts = before === undefined ? ['\u001b[2J'] : [];
    for (const [at, line] of lines.entries()) {
      if (before?.[at] === line) continue;
      parts.push(`\u001b[${at + 1};1H${line}\u001b[K`);
    }
    for (let at = lines.length; at < (before?.length ?? 0); at++) parts.push(`\u001b[${at + 1};1H\u001b[K`);
    return parts.join('');
  }
}
