// The messages of `anax pub` on their way, in order: a window of them at a time, what is said of their fate, how far it is,
// and the exit code. Opens no connection.

import type { PublishResult } from '@anax/client';
import { type Dialect, NO_PROPERTIES, reasonTitle } from '@anax/protocol';
import { saidOf } from '../connection/failures.ts';
import type { Fate, PublishWindow } from '../connection/window.ts';
import { counted } from '../render/index.ts';
import { type Edges, EXIT, type ExitCode } from '../world/edges.ts';
import { type ProgressBar, progressBar } from '../world/progress.ts';
import { complain } from '../world/verb.ts';
import type { MessageSource, MessageToSend } from './sources.ts';

/** What is told in lines. */
const TOLD_MAX = 100;

export class Publishing {
  readonly #source: MessageSource;
  readonly #window: PublishWindow;
  readonly #dialect: Dialect;
  readonly #edges: Edges;
  readonly #bar: ProgressBar;
  readonly #begunAt: number;
  /** What the broker remarked, each once. */
  readonly #remarks = new Set<string>();
  #sent = 0;
  #refused = 0;
  #unanswered = 0;
  #withoutProperties = 0;

  constructor(source: MessageSource, window: PublishWindow, dialect: Dialect, edges: Edges) {
    this.#source = source;
    this.#window = window;
    this.#dialect = dialect;
    this.#edges = edges;
    this.#bar = barOf(source, edges);
    this.#begunAt = edges.clock.now();
  }

  readonly clear = (): void => this.#bar.clear();

  /** A message that is refused is told, and the next one is sent all the same. */
  async run(): Promise<ExitCode> {
    const { file } = this.#source;
    try {
      const read = (bytes: number): void => {
        if (file !== undefined) this.#bar.show(bytes);
      };
      for await (const message of this.#source.messages(this.#window.over, read))
        await this.#publish(message);
    } finally {
      // Also behind a line that is wrong: what was sent before it has a fate.
      await this.#settle();
    }
    return this.#refused === 0 && this.#unanswered === 0 ? EXIT.good : EXIT.failed;
  }

  async #publish(message: MessageToSend): Promise<void> {
    const { line, topic, payload, qos, retain } = message;
    const sayable = this.#dialect.properties;
    if (!sayable && Object.keys(message.properties).length > 0) this.#withoutProperties += 1;
    const properties = sayable ? message.properties : NO_PROPERTIES;
    this.#sent += 1;
    await this.#window.put(topic, payload, { qos, retain, properties }, this.#fateOf(line));
    if (this.#source.many && this.#source.file === undefined) this.#bar.show(this.#sent);
  }

  #fateOf(line: number | undefined): Fate {
    const before = line === undefined ? '' : `line ${line}: `;
    return {
      published: (result) => {
        const remark = remarkOf(result);
        if (remark === undefined || this.#remarks.has(remark) || this.#remarks.size >= TOLD_MAX) return;
        this.#remarks.add(remark);
        this.#tell(`${before}${remark}`);
      },
      refused: (error) => {
        this.#refused += 1;
        if (this.#refused <= TOLD_MAX) this.#tell(`${before}${saidOf(error)}`);
      },
    };
  }

  #tell(text: string): void {
    this.#bar.clear();
    complain('pub', text, this.#edges);
  }

  async #settle(): Promise<void> {
    let lost = true;
    try {
      this.#unanswered = await this.#window.settledOrStopped(this.#edges);
      lost = false;
    } finally {
      this.#bar.clear();
      if (this.#source.many) {
        if (this.#isWorthTelling(lost)) complain('pub', this.#summary(), this.#edges);
      } else if (this.#unanswered > 0) {
        complain('pub', 'stopped before the broker had acknowledged the message', this.#edges);
      }
    }
  }

  /** In a script that went well there is nothing to say. */
  #isWorthTelling(lost: boolean): boolean {
    const { errorColumns, stopped } = this.#edges;
    const wrong = lost || this.#refused + this.#unanswered + this.#withoutProperties > 0;
    return wrong || errorColumns !== undefined || stopped().aborted;
  }

  #summary(): string {
    const seconds = ((this.#edges.clock.now() - this.#begunAt) / 1000).toFixed(1);
    const parts = [`${counted(this.#sent, 'message')} in ${seconds} s`];
    if (this.#refused > 0) parts.push(`${counted(this.#refused, 'message')} refused`);
    if (this.#unanswered > 0) parts.push(`${counted(this.#unanswered, 'message')} without acknowledgement`);
    if (this.#withoutProperties > 0) {
      const without = counted(this.#withoutProperties, 'message');
      parts.push(`${without} without their properties, which MQTT ${this.#dialect.name} has not`);
    }
    return parts.join(', ');
  }
}

/** None where somebody types the lines. */
function barOf({ many, file }: MessageSource, edges: Edges): ProgressBar {
  const typed = !many || (file === undefined && edges.standardInput.terminal);
  const { writeError, errorColumns } = edges;
  const shown = { writeError, errorColumns: typed ? undefined : errorColumns };
  return file === undefined
    ? progressBar(shown, 'messages published', undefined)
    : progressBar(shown, file.name, file.bytes);
}

/** A reason code below 0x80 that is not Success, and what came with it. */
function remarkOf({ reasonCode, properties }: PublishResult): string | undefined {
  if (reasonCode === 0) return undefined;
  const why = properties.reasonString === undefined ? '' : `: ${properties.reasonString}`;
  return `published, 0x${reasonCode.toString(16).padStart(2, '0')} ${reasonTitle(reasonCode)}${why}`;
}
