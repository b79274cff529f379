// The world as it is: this process, its streams and its signals.

import { once, setMaxListeners } from 'node:events';
import { writeSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { addAbortSignal } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReadStream, WriteStream } from 'node:tty';
import { type Clock, type Edges, type Keyboard, OutputClosed, type Window } from './edges.ts';
import { execute } from './execute.ts';
import { fileToRead, fileToWrite, folders, newFile } from './files.ts';

export const processClock: Clock = {
  now: () => performance.now(),
  wait: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};

export function processEdges(): Edges {
  const { stdin, stdout, stderr, env } = process;
  const stop = new AbortController();
  // Many connections may be on their way at once, each of which is given up with it.
  setMaxListeners(0, stop.signal);
  let outputClosed = false;
  let listening = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    outputClosed = true;
    stop.abort(new OutputClosed());
  });
  return {
    write: async (output) => {
      if (outputClosed) throw new OutputClosed();
      if (stdout.write(output)) return;
      await once(stdout, 'drain', { signal: stop.signal }).catch(() => {
        if (outputClosed) throw new OutputClosed();
      });
    },
    writeError: (text) => void stderr.write(text),
    readFile,
    writeFile,
    newFile,
    fileToRead,
    fileToWrite,
    folders,
    execute,
    keyboard: stdin.isTTY === true ? keyboardOf(stdin) : undefined,
    env: (name) => env[name],
    home: homedir(),
    standardInput: {
      terminal: stdin.isTTY === true,
      read: (signal) => (signal === undefined ? stdin : addAbortSignal(signal, stdin)),
    },
    clock: processClock,
    terminal: stdout.isTTY === true,
    window: stdout.isTTY === true ? windowOf(stdout) : undefined,
    errorColumns: stderr.isTTY === true ? stderr.columns : undefined,
    colour: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '',
    stopped: () => {
      // Once only: the second signal ends the process at once.
      if (!listening)
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
      listening = true;
      return stop.signal;
    },
    strayErrors: (listener) => {
      const events = ['unhandledRejection', 'uncaughtException'];
      for (const event of events) process.on(event, listener);
      return () => {
        for (const event of events) process.off(event, listener);
      };
    },
    exit: (code) => {
      process.exitCode = code;
    },
    leave: (code) => process.exit(code),
  };
}

function keyboardOf(stdin: ReadStream): Keyboard {
  return (pressed) => {
    const decoder = new StringDecoder('utf8');
    const onData = (chunk: Uint8Array): void => {
      const keys = decoder.write(Buffer.from(chunk));
      if (keys !== '') pressed(keys);
    };
    stdin.setRawMode(true);
    stdin.on('data', onData);
    return () => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      // Else the process would wait for the next key.
      stdin.pause();
    };
  };
}

function windowOf(stdout: WriteStream): Window {
  return {
    // 0 where the terminal does not know.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    onChange: (changed) => {
      stdout.on('resize', changed);
      process.on('SIGCONT', changed);
      return () => {
        stdout.off('resize', changed);
        process.off('SIGCONT', changed);
      };
    },
    atEnd: (text) => {
      const write = (): void => {
        try {
          writeSync(STANDARD_OUTPUT, text);
        } catch {
          // The terminal is gone.
        }
      };
      const onHangUp = (): void => process.exit(128 + HANG_UP);
      process.on('exit', write);
      // Before the error is printed.
      process.on('uncaughtExceptionMonitor', write);
      process.on('SIGHUP', onHangUp);
      return () => {
        process.off('exit', write);
        process.off('uncaughtExceptionMonitor', write);
        process.off('SIGHUP', onHangUp);
      };
    },
  };
}

const STANDARD_OUTPUT = 1;
/** The number of SIGHUP: what ends by a signal has 128 more for its exit code. */
const HANG_UP = 1;
