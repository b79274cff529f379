// How often something happened for each key within a window that begins with the first time. Bounded: when it is full,
// the window that began first is forgotten. Pure.

/** Longer keys, which a peer chooses, stand as a number made of them. */
const KEY_CHARS_MAX = 128;

interface Window {
  readonly since: number;
  count: number;
  lastAt: number;
}

export class Windows {
  windowMs: number;
  readonly #keysMax: number;
  /** In the order in which they began, which is that in which they end. */
  readonly #windows = new Map<string, Window>();

  constructor(windowMs: number, keysMax: number) {
    this.windowMs = windowMs;
    this.#keysMax = Math.max(1, keysMax);
  }

  get size(): number {
    return this.#windows.size;
  }

  /** It has happened once more; returns how often that is within the window. */
  count(key: string, now: number): number {
    const window = this.#find(key, now) ?? this.#begin(key, now);
    window.count += 1;
    window.lastAt = now;
    return window.count;
  }

  /** How often it has happened. */
  sum(key: string, now: number): number {
    return this.#find(key, now)?.count ?? 0;
  }

  /** Whether `ms` have gone by since it happened, or since this was last true. */
  rests(key: string, ms: number, now: number): boolean {
    const window = this.#find(key, now);
    if (window === undefined) return true;
    if (now - window.lastAt < ms) return false;
    window.lastAt = now;
    return true;
  }

  forget(key: string): void {
    this.#windows.delete(short(key));
  }

  /** Windows that are over leave. */
  sweep(now: number): void {
    for (const [key, { since }] of this.#windows) {
      if (now - since < this.windowMs) return;
      this.#windows.delete(key);
    }
  }

  #find(key: string, now: number): Window | undefined {
    const window = this.#windows.get(short(key));
    return window === undefined || now - window.since >= this.windowMs ? undefined : window;
  }

  #begin(key: string, now: number): Window {
    const name = short(key);
    this.#windows.delete(name);
    if (this.#windows.size >= this.#keysMax) this.#forgetFirst();
    const window: Window = { since: now, count: 0, lastAt: now };
    this.#windows.set(name, window);
    return window;
  }

  #forgetFirst(): void {
    for (const key of this.#windows.keys()) {
      this.#windows.delete(key);
      return;
    }
  }
}

/** The same for equal texts, and as good as never for others; never long. */
export function short(text: string): string {
  if (text.length <= KEY_CHARS_MAX) return text;
  let one = 0x811c9dc5;
  let other = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    one = Math.imul(one ^ unit, 0x01000193);
    other = Math.imul(other ^ unit, 0x85ebca6b) + i;
  }
  return `${text.slice(0, KEY_CHARS_MAX)}\0${text.length}\0${one >>> 0}\0${other >>> 0}`;
}
