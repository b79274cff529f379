// What may stand in a profile: the options of a connection by their long names, each read as the option itself would read it.
// What is wrong becomes a sentence with file, line and key. Touches no file.

import { InvalidArgumentError, type Option } from 'commander';
import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { UsageError } from '../world/edges.ts';

/** By the name of the option's value among the flags. */
export type ProfileValues = ReadonlyMap<string, unknown>;

/** As it stands in the file: text, or a list of texts. */
export type ProfileFields = Readonly<Record<string, string | readonly string[]>>;

export class ProfileSchema {
  readonly #options: ReadonlyMap<string, Option>;
  readonly #schema: z.ZodType<Record<string, unknown>>;

  /** @param options those of a connection; what is hidden from help is another name of one that is not. */
  constructor(options: readonly Option[]) {
    const shown = options.filter((option) => !option.hidden && option.long !== undefined);
    this.#options = new Map(shown.map((option) => [keyOf(option), option]));
    const shape = Object.fromEntries(
      [...this.#options].map(([key, option]) => [key, fieldOf(option).optional()]),
    );
    this.#schema = z.strictObject({ address: z.string(EXPECTED_TEXT).optional(), ...shape });
  }

  /** @param file for what is said of it. @throws UsageError */
  read(text: string, file: string): ProfileValues {
    const { fields, lineOf } = parsed(text, file);
    const result = this.#schema.safeParse(fields);
    if (!result.success) {
      const lines = result.error.issues.flatMap((issue) => sentencesOf(issue, file, lineOf));
      throw new UsageError(lines.join('\n'));
    }
    const values = Object.entries(result.data).filter(([, value]) => value !== undefined);
    return new Map(values.map(([key, value]) => [this.#options.get(key)?.attributeName() ?? key, value]));
  }

  /** The fields as they stand in the file. @throws UsageError */
  fields(text: string, file: string): ProfileFields {
    this.read(text, file);
    return parsed(text, file).fields as ProfileFields;
  }
}

/** `port` for `--port`, `clean` for `--no-clean`. */
export function keyOf(option: Option): string {
  return option.attributeName().replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const EXPECTED_TEXT = 'expected text';

function fieldOf(option: Option): z.ZodType<unknown> {
  if (option.isBoolean() || option.negate) {
    return z
      .enum(['true', 'false'], 'expected true or false')
      .transform((text) =>
        text === 'true' ? true : option.negate || option.attributeName() === 'clean' ? false : undefined,
      );
  }
  if (option.variadic) {
    return z
      .array(z.string(EXPECTED_TEXT), 'expected a list of texts')
      .transform((texts, context) =>
        texts.reduce<unknown>((before, text) => valueIn(option, text, before, context), undefined),
      );
  }
  return z.string(EXPECTED_TEXT).transform((text, context) => valueIn(option, text, undefined, context));
}

function valueIn(option: Option, text: string, before: unknown, context: z.RefinementCtx): unknown {
  const { parseArg, argChoices } = option;
  if (argChoices !== undefined) {
    if (argChoices.includes(text)) return text;
    context.addIssue({ code: 'custom', message: `it is one of ${argChoices.join(', ')}` });
    return z.NEVER;
  }
  if (parseArg === undefined) return text;
  try {
    return parseArg(text, before);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text)}: ${error.message}` });
    return z.NEVER;
  }
}

interface Parsed {
  readonly fields: unknown;
  readonly lineOf: (key: PropertyKey | undefined) => number;
}

/** Every value as the text that stands there: `007` is no number, and no password is. */
function parsed(text: string, file: string): Parsed {
  const counter = new LineCounter();
  const document = parseDocument(text, { schema: 'failsafe', lineCounter: counter, logLevel: 'silent' });
  const [error] = document.errors;
  if (error !== undefined) {
    const [first = ''] = error.message.split('\n', 1);
    throw new UsageError(
      `${file}:${counter.linePos(error.pos[0]).line}: ${first.replace(/ at line \d+.*$/, '')}`,
    );
  }
  const { contents } = document;
  const lineOf = (key: PropertyKey | undefined): number => {
    if (!isMap(contents)) return 1;
    const node = contents.items.map((pair) => pair.key).find((one) => isScalar(one) && one.value === key);
    return isScalar(node) && node.range ? counter.linePos(node.range[0]).line : 1;
  };
  // An empty file is an empty profile.
  return { fields: contents === null ? {} : document.toJS({ maxAliasCount: 0 }), lineOf };
}

function sentencesOf(issue: z.core.$ZodIssue, file: string, lineOf: Parsed['lineOf']): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map(
      (key) => `${file}:${lineOf(key)}: there is no \`${key}\`; \`anax conn --help\` lists the options`,
    );
  }
  const [key] = issue.path;
  if (key === undefined)
    return [`${file}:1: expected options with their values, as in \`hostname: broker.example\``];
  return [`${file}:${lineOf(key)}: \`${String(key)}\`: ${issue.message}`];
}
