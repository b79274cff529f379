// What every client library has to do in `npm run bench:client`, in its own words. Each is a program of its own, so that
// none shares a heap or an event loop with another.

export interface Contestant {
  /** Calls `settled` when the final acknowledgement is there; at QoS 0 when the library says so. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1 | 2, settled: () => void): void;
  /** Calls `received` for each message. */
  subscribe(topicFilter: string, qos: 0 | 1 | 2, received: () => void): Promise<void>;
  close(): Promise<void>;
}

export type Connect = (port: number, clientId: string) => Promise<Contestant>;
