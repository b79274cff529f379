// @anax/protocol: MQTT 3.1, 3.1.1 and 5.0 without I/O. Runs in Node, browsers and workers.

export * from './codec/index.ts';
export * from './explain/index.ts';
export * from './session/index.ts';
export * from './spec/index.ts';
export * from './topic/index.ts';
