// @anax/broker: an MQTT broker for 3.1, 3.1.1 and 5.0 to start or to embed.

export type { Ban, BanTarget } from './abuse/bans.ts';
export { type AbuseLimits, DEFAULT_ABUSE_LIMITS } from './abuse/limits.ts';
export type {
  Acceptance,
  AlternativeName,
  Authenticator,
  CertificateFacts,
  Credentials,
  Decision,
  Exchange,
  ExchangeFactory,
  ExchangeStep,
  ListenerFacts,
  ListenerProtocol,
  PeerFacts,
  Permissions,
  Refusal,
  UserNameFrom,
} from './access/access.ts';
export type { Authorizer, Client } from './access/authorizer.ts';
export type { Link, Pass, Verdict } from './access/chain/link.ts';
export type { LinkSettings } from './access/chain/settings.ts';
export { nameProblem, parseUsers, type UserLine, type Users, userLines } from './access/passwords/file.ts';
export { makeHash, type PasswordHash, parseHash, verifyHash } from './access/passwords/hash.ts';
export { type AccessAnswer, type AccessQuestion, explainAccess } from './access/rules/explain.ts';
export { rulesFromMosquitto } from './access/rules/mosquitto.ts';
export { type Rules, rulesFromJson, rulesFromYaml } from './access/rules/read.ts';
export type { AccessAction, AccessRule, Identity, LoginFacts, Who } from './access/rules/rule.ts';
export { compile, type Otherwise, RuleBook } from './access/rules/rule-book.ts';
export {
  makeScram,
  parseScram,
  SCRAM_ITERATIONS,
  SCRAM_ITERATIONS_MAX,
  SCRAM_ITERATIONS_MIN,
  type ScramCredential,
} from './access/scram/credential.ts';
export { checkSettings, type Findings } from './check.ts';
export { environmentVariables, userOf } from './config/environment.ts';
export { configJsonSchema } from './config/json-schema.ts';
export { loadSettings, type Sources } from './config/load.ts';
export type { Override } from './config/overrides.ts';
export { type ConfigInput, configSchema } from './config/schema.ts';
export type { Durability, ListenerSettings, LogLevel, Settings, StoreSettings } from './config/settings.ts';
export { configTemplate } from './config/template.ts';
export { FileWatch } from './config/watch.ts';
export { createBroker } from './create.ts';
export type { Handler, Received } from './embedding/handlers.ts';
export type { Publication } from './embedding/publication.ts';
export type {
  BrokerEvents,
  ClientConnected,
  ClientDisconnected,
  ConnectRefused,
  Dropped,
  DropReason,
  Published,
  SessionExpired,
  Subscribed,
  Unsubscribed,
} from './hub/events.ts';
export { DEFAULT_LIMITS, type Limits } from './hub/limits.ts';
export type { Counters, Note } from './hub/notes.ts';
export type { Revised } from './hub/rights.ts';
export { type Fact, factOrNothing, nameOfKey } from './inspection/facts.ts';
export { FINDINGS, type Finding, type FindingKind, Judge } from './inspection/judge.ts';
export { type QueueSize, Tally } from './inspection/tally.ts';
export { listenerProblems } from './listeners/check.ts';
export type { Listener } from './listeners/listener.ts';
export { storeOpener } from './open-store.ts';
export type { BrokerHooks, BrokerOptions } from './options.ts';
export type { BanOptions, OperatorBans } from './reception/bans.ts';
export type { SessionFacts, SessionJudge } from './reception/judge.ts';
export type { Reloaded } from './reception/reload.ts';
export { Broker, type Counts, type Origin } from './serve.ts';
export { checkStore, readDamagedStore } from './store/check.ts';
export type { FaultStep, LmdbStore } from './store/lmdb.ts';
export { MemoryStore, type MemoryStoreOptions } from './store/memory.ts';
export { type LmdbStoreOptions, openLmdbStore, openStoreToRead } from './store/open.ts';
export {
  type Row,
  type Store,
  StoreError,
  type StoreFigures,
  type StoreProblem,
  type Write,
} from './store/port.ts';
export { openSnapshot, type Snapshot } from './store/snapshot.ts';
export { type Imported, ImportFault, importStore } from './transfer/import.ts';
export { endRecord, headerRecord, recordOf } from './transfer/records.ts';
export { VERSION } from './version.ts';
