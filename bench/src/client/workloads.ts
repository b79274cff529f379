// What `bench:client` measures.

export interface ClientWorkload {
  readonly direction: 'publish' | 'receive';
  readonly qos: 0 | 1 | 2;
  /** Publishing: calls that have not settled. Receiving: messages that have been published and have not come everywhere. */
  readonly window: number;
  /** Clients in the one process; each receives all there is. */
  readonly connections: number;
}

export const WORKLOADS: Readonly<Record<string, ClientWorkload>> = {
  'publish-q0': { direction: 'publish', qos: 0, window: 1000, connections: 1 },
  'publish-q1': { direction: 'publish', qos: 1, window: 100, connections: 1 },
  'publish-q2': { direction: 'publish', qos: 2, window: 100, connections: 1 },
  'receive-q0': { direction: 'receive', qos: 0, window: 40_000, connections: 1 },
  'receive-q1': { direction: 'receive', qos: 1, window: 40_000, connections: 1 },
  // With one client the broker and who publishes are slower than the client on two cores. One message for eight costs them
  // least, so that here the client is what is waited for.
  'receive-8-q0': { direction: 'receive', qos: 0, window: 8000, connections: 8 },
  'receive-8-q1': { direction: 'receive', qos: 1, window: 8000, connections: 8 },
};

export const TOPIC = 'bench/telemetry/line-1/machine-7';
export const PAYLOAD_BYTES = 64;
/** What is compiled late and grown late is not what a client costs. */
export const WARM_UP_MS = 500;

/** One run, measured in the contestant's own process. */
export interface Told {
  readonly messages: number;
  readonly seconds: number;
  /** Of the whole process, over all its threads. */
  readonly cpuMicroseconds: number;
}
