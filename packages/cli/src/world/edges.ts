// What a verb needs of the world around it. Owns the shape; the process itself is touched in `process.ts` only.

import type { Execute } from './execute.ts';
import type { FileToRead, FileToWrite, Folders } from './files.ts';

/** Done; it could not be done; a wrong call. `conform` gives 1 for a broken statement, 2 where it could not judge. */
export const EXIT = { good: 0, failed: 1, usage: 2 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface StandardInput {
  /** Whether a person types there. */
  readonly terminal: boolean;
  /** Called once. Where the signal aborts, the iteration throws. */
  readonly read: (signal?: AbortSignal) => AsyncIterable<Uint8Array>;
}

export interface Clock {
  /** Milliseconds from some moment on; never goes back. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, 2,147,483,647 at most, or at once when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Hands over keys as they are pressed, without showing them; what it returns ends that. */
export type Keyboard = (pressed: (keys: string) => void) => () => void;

/** Standard output, where it is a terminal. */
export interface Window {
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** Calls where it has another size, or what it shows is not known any more; what it returns ends that. */
  readonly onChange: (changed: () => void) => () => void;
  /** However the process ends, the terminal gets this first, until what it returns is called. */
  readonly atEnd: (text: string) => () => void;
}

export interface Edges {
  /** Waits, where whoever reads is slower than this writes. Rejects with `OutputClosed` where nobody reads any more. */
  readonly write: (output: string | Uint8Array) => void | Promise<void>;
  readonly writeError: (text: string) => void;
  readonly readFile: (path: string) => Promise<Uint8Array>;
  /** Replaces what is there. */
  readonly writeFile: (path: string, text: string) => Promise<void>;
  /** Rejects with EEXIST where there is something. */
  readonly newFile: (path: string, text: string) => Promise<void>;
  readonly fileToRead: (path: string) => Promise<FileToRead>;
  readonly fileToWrite: (path: string) => Promise<FileToWrite>;
  readonly folders: Folders;
  readonly execute: Execute;
  readonly standardInput: StandardInput;
  /** Undefined where standard input is no terminal. */
  readonly keyboard: Keyboard | undefined;
  /** A variable of the environment. */
  readonly env: (name: string) => string | undefined;
  /** The folder of whoever runs this. */
  readonly home: string;
  readonly clock: Clock;
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Undefined where standard output is no terminal. */
  readonly window: Window | undefined;
  /** How wide standard error is, where it is a terminal. */
  readonly errorColumns: number | undefined;
  /** Whether colour is welcome on standard output. */
  readonly colour: boolean;
  /**
   * Aborts when the process is asked to end, which from the first call on ends nothing by itself, or, with
   * `OutputClosed` for the reason, when nobody reads its output.
   */
  readonly stopped: () => AbortSignal;
  /** Hands over what a script of the user has thrown and nobody catches; what it returns ends that. */
  readonly strayErrors: (listener: (error: unknown) => void) => () => void;
  /** Sets the exit code; called once, when the work is done. */
  readonly exit: (code: ExitCode) => void;
  /** Ends at once, behind `--help` or a wrong option: commander expects it. */
  readonly leave: (code: ExitCode) => never;
}

/** A wrong call: told on standard error, exit code 2. */
export class UsageError extends Error {}

/** Nobody reads standard output any more, as behind `| head -1`: no reason to say anything. */
export class OutputClosed extends Error {}
