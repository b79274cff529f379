// The files of certificates and keys of all listeners: looked at again and again, taken up when they have changed, and
// warned about before they end. What is broken changes nothing.

import { statSync } from 'node:fs';
import { MqttError } from '@anax/protocol';
import type { Note } from '../hub/notes.ts';
import type { Listener } from '../listeners/listener.ts';
import { SecretsFault } from '../listeners/secrets-fault.ts';
import { now } from './clock.ts';

/** How often it is looked whether a file has changed, in ms. */
const LOOK_MS = 5000;
const DAY_MS = 86_400_000;
/** At the start whoever ends within so many days is warned about. */
const SOON_DAYS = 30;
/** While it runs, whoever has so many days left; and every day from the last of them on. */
const WARNED_AT_DAYS: readonly number[] = [30, 7, 1];

export class Certificates {
  readonly #listeners: () => readonly Listener[];
  readonly #note: (note: Note) => void;
  readonly #now: () => number;
  /** What the files of a listener were like when they were taken up, and when it was last looked. */
  readonly #seen = new WeakMap<Listener, { taken: string; last: string }>();
  #timer: NodeJS.Timeout | undefined;
  #warnedAt = Number.NEGATIVE_INFINITY;

  /** @param listeners those that are open, whenever it is looked */
  constructor(listeners: () => readonly Listener[], note: (note: Note) => void, clock: () => number = now) {
    this.#listeners = listeners;
    this.#note = note;
    this.#now = clock;
  }

  /** Once all listeners are open. Keeps no process alive. */
  start(): void {
    for (const listener of this.#secured()) this.#known(listener);
    this.#warnedAt = this.#now();
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #secured(): readonly Listener[] {
    return this.#listeners().filter(({ secrets }) => secrets !== undefined);
  }

  #taken(listener: Listener): void {
    const signature = signatureOf(listener);
    this.#seen.set(listener, { taken: signature, last: signature });
  }

  /**
   * Takes up what has changed. A file that has just changed may still be written, and its key may follow it: it is taken
   * up when it has stayed the same from one look to the next.
   */
  look(): void {
    for (const listener of this.#secured()) {
      const seen = this.#seen.get(listener);
      const signature = signatureOf(listener);
      // It was opened since, with what the files hold.
      if (seen === undefined) this.#known(listener);
      else if (seen.last !== signature) seen.last = signature;
      else if (signature !== seen.taken) this.#take(listener);
    }
    if (this.#now() - this.#warnedAt < DAY_MS) return;
    this.#warn((days) => days <= 1 || WARNED_AT_DAYS.includes(days));
  }

  /**
   * Reads the files of some listeners, all of them or none; the function that it returns takes up what was read.
   * @throws MqttError `invalid-configuration`
   */
  read(listeners: readonly Listener[]): () => void {
    const takes = listeners.flatMap((listener) => {
      const take = readSecrets(listener);
      return take === undefined ? [] : [{ listener, take }];
    });
    return () => {
      for (const { listener, take } of takes) {
        take();
        this.#known(listener);
      }
    };
  }

  #take(listener: Listener): void {
    const { name } = listener;
    this.#taken(listener);
    try {
      this.read([listener])();
      this.#note({
        event: 'certificates-changed',
        text: 'who connects now gets the new ones',
        listener: name,
      });
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      const text = `those before stay: ${error.message.replaceAll('\n', '; ')}`;
      this.#note({ event: 'certificates-kept', text, listener: name });
    }
  }

  /** Its files are taken up as they are. */
  #known(listener: Listener): void {
    this.#taken(listener);
    this.#warnOf(listener, (days) => days <= SOON_DAYS);
  }

  #warn(isTime: (days: number) => boolean): void {
    this.#warnedAt = this.#now();
    for (const listener of this.#secured()) this.#warnOf(listener, isTime);
  }

  #warnOf({ secrets, name }: Listener, isTime: (days: number) => boolean): void {
    for (const { file, validUntil } of secrets?.ends ?? []) {
      const days = Math.ceil((validUntil - this.#now()) / DAY_MS);
      if (!isTime(days)) continue;
      this.#note({ event: 'certificate-ends', text: `${file}: ${leftText(days)}`, listener: name });
    }
  }
}

function readSecrets({ secrets }: Listener): (() => void) | undefined {
  try {
    return secrets?.read();
  } catch (cause) {
    if (!(cause instanceof SecretsFault)) throw cause;
    throw new MqttError('invalid-configuration', cause.message, {}, { cause });
  }
}

function leftText(days: number): string {
  if (days <= 0) return 'a certificate in it has ended: whoever checks it does not connect';
  return `a certificate in it ends in ${days === 1 ? '1 day' : `${days} days`}`;
}

/** Another one where a file is another, be it behind a symbolic link, as tools that renew certificates do it. */
function signatureOf({ secrets }: Listener): string {
  return (secrets?.files ?? []).map(fileSignature).join(' ');
}

function fileSignature(name: string): string {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(name);
    return [ino, size, mtimeMs, ctimeMs].join(':');
  } catch {
    return 'none';
  }
}
