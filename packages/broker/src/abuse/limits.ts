// How much one peer may ask for, and what happens to who asks for more: every limit with its unit in its name. Plain
// values; `docs/limits.md` says what each is for. 0 is no limit, where nothing else is said.

export interface AbuseLimits {
  /** Addresses and ranges of them (`192.0.2.0/24`, `2001:db8::/32`) to which no limit by address applies. */
  readonly exempt: readonly string[];
  /** Connections of one address at once; of IPv6, of one /64. One more is closed at once. */
  readonly addressConnectionsMax: number;
  /** The same for those that have not made their MQTT connection yet. */
  readonly addressConnectingMax: number;
  /** New connections of one address a second, over time, and how many may come at once. One more is closed at once. */
  readonly addressConnectionsPerSecondMax: number;
  readonly addressConnectionsBurst: number;
  /** Addresses without a connection that are remembered; the one that has been idle longest is forgotten. */
  readonly addressesIdleMax: number;
  /** Failed logins within the window from one address, after which it is banned. */
  readonly loginFailuresPerAddressMax: number;
  /** The same for one user name, after which it may only be tried once a second from where it was not known before. */
  readonly loginFailuresPerUserMax: number;
  readonly loginWindowMs: number;
  readonly loginBanMs: number;
  /** Connections that one client identifier makes within the window, after which it is banned. */
  readonly flappingConnectsMax: number;
  readonly flappingWindowMs: number;
  readonly flappingBanMs: number;
  /** Bans that operators have made, and as many that the broker has: then one more is refused, the oldest is lifted. */
  readonly bansMax: number;
  /** Packets that ask for something, and bytes, from one client a second, over time, and how many may come at once. */
  readonly messagesPerSecondMax: number;
  readonly messagesBurst: number;
  readonly bytesPerSecondMax: number;
  readonly bytesBurst: number;
  /** Who is slowed down for so long without a pause is put out: 0x96 for messages, 0x97 for bytes. 0 never. In ms. */
  readonly slowdownMaxMs: number;
  /** What the process may use before the heaviest clients give back; 0 is half of what the machine has. */
  readonly memoryBytesMax: number;
  /** What they lose: what waits for them, and their connection (0x97); or that only where nothing waits. */
  readonly memoryPolicy: MemoryPolicy;
}

export type MemoryPolicy = 'disconnect' | 'drop-queue';

export const DEFAULT_ABUSE_LIMITS: AbuseLimits = Object.freeze({
  exempt: ['127.0.0.0/8', '::1/128'],
  addressConnectionsMax: 10_000,
  addressConnectingMax: 1000,
  addressConnectionsPerSecondMax: 200,
  addressConnectionsBurst: 2000,
  addressesIdleMax: 100_000,
  loginFailuresPerAddressMax: 20,
  loginFailuresPerUserMax: 100,
  loginWindowMs: 5 * 60_000,
  loginBanMs: 15 * 60_000,
  flappingConnectsMax: 600,
  flappingWindowMs: 60_000,
  flappingBanMs: 5 * 60_000,
  bansMax: 10_000,
  messagesPerSecondMax: 0,
  messagesBurst: 0,
  bytesPerSecondMax: 0,
  bytesBurst: 0,
  slowdownMaxMs: 60_000,
  memoryBytesMax: 0,
  memoryPolicy: 'disconnect',
});
