// Files too large for memory: read in parts; written beside their place, and put there when they are complete.

import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';

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

export interface Folders {
  /** With those above it, for its owner only. */
  readonly make: (path: string) => Promise<void>;
  /** The names in it; none where there is no such folder. */
  readonly list: (path: string) => Promise<readonly string[]>;
  /** False where there is no such file. */
  readonly removeFile: (path: string) => Promise<boolean>;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

export const folders: Folders = {
  make: async (path) => void (await mkdir(path, { recursive: true, mode: 0o700 })),
  list: async (path) => {
    try {
      return await readdir(path);
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  },
  removeFile: async (path) => {
    try {
      await rm(path);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  },
};

/** For its owner only, as it may hold secrets. Rejects where there is one already: nothing is replaced. */
export async function newFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { flag: 'wx', mode: 0o600 });
}

/** Rejects where there is no such file. */
export async function fileToRead(path: string): Promise<FileToRead> {
  const found = await stat(path);
  if (!found.isFile() && !found.isFIFO() && !found.isCharacterDevice()) throw new Error(`${path} is no file`);
  return { bytes: found.size, regular: found.isFile(), chunks: createReadStream(path) };
}

/**
 * For its owner only: what is written holds what others published, or who may log in. Root leaves a file that it replaces
 * to whom it belongs.
 */
export async function fileToWrite(path: string): Promise<FileToWrite> {
  const beside = `${path}.unfinished`;
  await rm(beside, { force: true });
  const file = await open(beside, 'wx', 0o600);
  return {
    write: (output) => file.writeFile(output),
    keep: async () => {
      const before = process.getuid?.() === 0 ? await stat(path).catch(() => undefined) : undefined;
      if (before !== undefined) await file.chown(before.uid, before.gid);
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
