// When a running broker reads its settings again: on SIGHUP, and when the files change that they come from. Owns the signal
// and the watch; what is done with the settings is the broker's.

import { type Broker, FileWatch, loadSettings, type Settings, type Sources } from '@anax/broker';

/** @param read called for each reading that fits, before it holds */
export function keepReloading(
  broker: Broker,
  sources: Sources,
  started: Settings,
  watches: boolean,
  read: (settings: Settings) => void,
): void {
  let files = filesOf(sources, started);
  const watch = watches ? new FileWatch(() => void reload()) : undefined;
  const reload = async (): Promise<void> => {
    try {
      await broker.reload(() => {
        const settings = loadSettings({ ...sources, mustSay: true });
        read(settings);
        files = filesOf(sources, settings);
        return settings;
      });
    } catch {
      // It has been noted, and what was holds on.
    }
    await watch?.watch(files);
  };
  process.on('SIGHUP', () => void reload());
  void watch?.watch(files);
}

function filesOf({ file }: Sources, { origin }: Settings): readonly string[] {
  const named = origin.files.map(({ name }) => name);
  return file === undefined ? named : [file, ...named];
}
