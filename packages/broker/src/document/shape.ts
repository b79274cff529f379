// What a schema has at a path: keys, elements, single values. It knows no document.

/** `['keepAlive', 'max']`, `['listeners', 0, 'port']` */
export type Path = readonly (string | number)[];

/** What is looked at of a schema, behind defaults and refinements. */
export interface Shape {
  /** The keys of an object; of a choice between objects, the keys of all. */
  readonly keys?: Readonly<Record<string, unknown>>;
  /** What a list is made of. */
  readonly element?: unknown;
  /** Whether it names a file or folder: `meta({ isPath: true })`. */
  readonly isPath: boolean;
  /** Whether that is made rather than read: `meta({ isPath: true, isMade: true })`. */
  readonly isMade: boolean;
}

interface Marks {
  readonly isPath?: boolean;
  readonly isMade?: boolean;
}

interface AnySchema {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly options?: readonly unknown[];
  readonly in?: unknown;
  readonly unwrap?: () => unknown;
  readonly meta?: () => Marks | undefined;
}

export function shapeOf(schema: unknown): Shape {
  let at = schema as AnySchema;
  let marks = marksOf(at);
  while (at.shape === undefined && at.element === undefined && at.options === undefined) {
    const inner = (at.unwrap?.() ?? at.in) as AnySchema | undefined;
    if (inner === undefined) return marks;
    at = inner;
    marks = either(marks, marksOf(at));
  }
  if (at.shape !== undefined) return { keys: at.shape, ...marks };
  if (at.element !== undefined) return { element: at.element, ...marks };
  return choice((at.options ?? []).map(shapeOf), marks);
}

type Marked = Pick<Shape, 'isPath' | 'isMade'>;

function marksOf(schema: AnySchema): Marked {
  const { isPath = false, isMade = false } = schema.meta?.() ?? {};
  return { isPath, isMade };
}

const either = (a: Marked, b: Marked): Marked => ({
  isPath: a.isPath || b.isPath,
  isMade: a.isMade || b.isMade,
});

/** Several shapes in one place: it has what one of them has. */
function choice(shapes: readonly Shape[], marks: Marked): Shape {
  const keys = shapes.flatMap((one) => (one.keys === undefined ? [] : [one.keys]));
  const list = shapes.find(({ element }) => element !== undefined);
  return {
    ...(keys.length > 0 ? { keys: Object.assign(Object.create(null), ...keys) } : {}),
    ...(list === undefined ? {} : { element: list.element }),
    ...shapes.reduce(either, marks),
  };
}

export function shapeAt(schema: unknown, path: Path): Shape {
  let at = shapeOf(schema);
  for (const step of path) {
    const inner = typeof step === 'number' ? at.element : own(at.keys, step);
    if (inner === undefined) return { isPath: false, isMade: false };
    at = shapeOf(inner);
  }
  return at;
}

function own(keys: Shape['keys'], key: string): unknown {
  return keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

/** Keys that a schema has at a path. */
export function keysAt(schema: unknown, path: Path): readonly string[] {
  return Object.keys(shapeAt(schema, path).keys ?? {});
}

/** `listeners[0].port` */
export function dotted(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : step))
    .join('.')
    .replaceAll('.[', '[');
}
