// What the broker's process holds once garbage is collected: asked through the inspector, so that nothing is built into the
// broker for it.

import { WebSocket } from 'ws';

interface Target {
  readonly webSocketDebuggerUrl: string;
}

/** Bytes of the heap and of what is kept outside it, in the process whose inspector listens on this port. */
export async function heldBytes(inspectorPort: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${inspectorPort}/json`);
  const [target] = (await response.json()) as readonly [Target];
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let last = 0;
  const ask = (method: string, params: object = {}): Promise<unknown> => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      const hear = (data: unknown): void => {
        const message = JSON.parse(String(data)) as { readonly id?: number; readonly result?: unknown };
        if (message.id !== id) return;
        socket.off('message', hear);
        resolve(message.result);
      };
      socket.on('message', hear);
    });
  };
  try {
    // What is freed by one collection, a finaliser say, may free more.
    for (let i = 0; i < 3; i++) await ask('HeapProfiler.collectGarbage');
    const expression = 'process.memoryUsage().heapUsed + process.memoryUsage().external';
    const { result } = (await ask('Runtime.evaluate', { expression })) as {
      readonly result: { readonly value: number };
    };
    return result.value;
  } finally {
    socket.terminate();
  }
}
