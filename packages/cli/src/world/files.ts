// Files too large for memory: read in parts; written beside their place, and put there when they are complete.

import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';

export interface FileToRead {
  readonly bytes: number;
  /** Not a pipe or a device: it can be read again. */
  readonly regular: boolean;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A file that is not there until it is kept. */
export interface FileToWrite {
  readonly write: (output: string | Uint8Array) => Promise<void>;
  /** It takes its place, instead of what was there. */
  readonly keep: () => Promise<void>;
  readonly drop: () => Promise<void>;
  /** It stays beside its place, where that is worth more than nothing; returns its path. */
  readonly leave: () => Promise<string>;
}

/** Rejects where there is no such file. */
export async function fileToRead(path: string): Promise<FileToRead> {
  const found = await stat(path);
  if (!found.isFile() && !found.isFIFO() && !found.isCharacterDevice()) throw new Error(`${path} is no file`);
  return { bytes: found.size, regular: found.isFile(), chunks: createReadStream(path) };
}

/** For its owner only: what is written holds what others published. */
export async function fileToWrite(path: string): Promise<FileToWrite> {
  const beside = `${path}.unfinished`;
  await rm(beside, { force: true });
  const file = await open(beside, 'wx', 0o600);
  return {
    write: (output) => file.writeFile(output),
    keep: async () => {
      await file.sync();
      await file.close();
      await rename(beside, path);
    },
    drop: async () => {
      await file.close();
      await rm(beside, { force: true });
    },
    leave: async () => {
      await file.close();
      return beside;
    },
  };
}
