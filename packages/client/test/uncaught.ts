// What the application throws from within a call of the client's, and nobody catches.

/** Everything that is uncaught while `during` runs, which would otherwise fail the test. */
export async function uncaughtWhile(during: (uncaught: unknown[]) => Promise<void>): Promise<void> {
  const uncaught: unknown[] = [];
  const before = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => uncaught.push(error));
  try {
    await during(uncaught);
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  }
}
