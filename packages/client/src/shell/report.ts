// What the application throws where this client calls it is the application's: it is reported as uncaught, and hurts no
// connection and no store.

export function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}
