// @anax/broker: an MQTT broker for 3.1, 3.1.1 and 5.0 to start or to embed.

export type {
  Acceptance,
  Authenticator,
  Credentials,
  Decision,
  Exchange,
  ExchangeFactory,
  ExchangeStep,
  Permissions,
  Refusal,
} from './access/access.ts';
export { environmentVariables, loadSettings, type Override, type Sources, userOf } from './config/load.ts';
export { configSchema } from './config/schema.ts';
export type { LogLevel, Settings } from './config/settings.ts';
export { DEFAULT_LIMITS, type Limits } from './hub/limits.ts';
export type { Counters, Note } from './hub/notes.ts';
export type { Listener } from './listeners/tcp.ts';
export type { BrokerOptions } from './options.ts';
export { Broker } from './serve.ts';
