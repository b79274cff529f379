// The workloads that are measured: a name, and what the load generator is told. Owns no figures.

export interface Workload {
  readonly name: string;
  readonly options: string;
}

/** In the order of `docs/performance.md`; the options are those of mqttload. */
export const WORKLOADS: readonly Workload[] = [
  { name: 'q0-stream', options: '--pubs 10 --subs 10 --topics 10 --qos 0 --burst 64' },
  { name: 'q0-iot', options: '--pubs 100 --subs 100 --topics 100 --qos 0 --burst 1 --rate 20000' },
  {
    name: 'q1-iot',
    options: '--pubs 100 --subs 100 --topics 100 --qos 1 --burst 1 --rate 10000 --inflight 100',
  },
  { name: 'q1-max', options: '--pubs 100 --subs 100 --topics 100 --qos 1 --burst 1 --inflight 10' },
  { name: 'q2-max', options: '--pubs 20 --subs 20 --topics 20 --qos 2 --burst 1 --inflight 10' },
  { name: 'fan-out', options: '--pubs 1 --subs 200 --topics 1 --qos 0 --burst 1 --rate 300' },
  {
    name: 'fan-out-q1',
    options: '--pubs 1 --subs 200 --topics 1 --qos 1 --burst 1 --rate 200 --inflight 100',
  },
  { name: 'fan-in', options: '--pubs 200 --subs 1 --topics 1 --qos 0 --burst 1 --rate 20000' },
  {
    name: 'wildcard',
    options: '--pubs 50 --subs 10 --topics 50 --filter bench/+ --qos 0 --burst 1 --rate 3000',
  },
  { name: 'large', options: '--pubs 5 --subs 5 --topics 5 --qos 0 --size 65536 --burst 1 --rate 3000' },
  { name: 'connect', options: '--idle 8000' },
  // Persistent sessions: what `--brokers anax-strict,mosquitto` is for.
  {
    name: 'q1-persistent',
    options: '--persistent 1 --pubs 100 --subs 100 --topics 100 --qos 1 --burst 1 --inflight 10',
  },
  {
    name: 'q2-persistent',
    options: '--persistent 1 --pubs 20 --subs 20 --topics 20 --qos 2 --burst 1 --inflight 10',
  },
];
