// The codec of a client for pages, alone: for a test that compares.

export { encodeFromClient } from './codec/encode-from-client.js';
export { FROM_SERVER } from './codec/from-server.js';
export { GrowingOutput } from './codec/output.js';
export { StreamDecoder } from './codec/stream-decoder.js';
export { MQTT_5_0 } from './spec/dialects.js';
export { isTopicName, parseSharedFilter, sharedFilterProblem, topicMatchesFilter } from './topic/names.js';
