// The three dialects of MQTT as records of named capabilities. Owns every difference between the versions that a
// line of code outside `spec/` and `codec/` may ask about; nobody else compares a version number.

export type DialectName = '3.1' | '3.1.1' | '5.0';

export interface Dialect {
  readonly name: DialectName;
  readonly protocolName: 'MQIsdp' | 'MQTT';
  readonly protocolLevel: 3 | 4 | 5;
  /** Packets carry properties (and CONNACK negotiates capabilities). */
  readonly properties: boolean;
  /** Acknowledgements carry reason codes; otherwise only CONNACK and SUBACK have return codes. */
  readonly reasonCodes: boolean;
  /** The server may say why it closes, with a DISCONNECT packet. */
  readonly serverDisconnect: boolean;
  /** AUTH exists: enhanced authentication and re-authentication. */
  readonly enhancedAuthentication: boolean;
  /** SUBSCRIBE carries No Local, Retain As Published and Retain Handling. */
  readonly subscriptionOptions: boolean;
  /** `$share/name/filter` is a shared subscription and not an ordinary filter. */
  readonly sharedSubscriptions: boolean;
  /** A password may come without a user name. */
  readonly passwordWithoutUserName: boolean;
  /** CONNACK says whether the server holds a session. */
  readonly sessionPresent: boolean;
  /** SUBACK can refuse a filter. */
  readonly subscribeFailure: boolean;
  /** An empty client identifier asks the server for one: never, only with a clean session, or always. */
  readonly emptyClientId: 'never' | 'with-clean-session' | 'always';
  /** The client is told the identifier that the server assigned. */
  readonly assignedClientId: boolean;
  /** Characters that a client identifier may have by the letter of the standard; 0 where it sets no limit. */
  readonly clientIdCharsMax: number;
  /** A Remaining Length must use the fewest bytes possible. */
  readonly minimalRemainingLength: boolean;
  /** DUP may be set on PUBREL, SUBSCRIBE and UNSUBSCRIBE, which 3.1 resends. */
  readonly dupOnRequests: boolean;
  /** User name and password may be missing at the end of CONNECT although their flags are set: as clients before 3.1 wrote it. */
  readonly flaggedCredentialsMayBeMissing: boolean;
}

/** MQTT 3.1 (protocol name MQIsdp, level 3). */
export const MQTT_3_1: Dialect = Object.freeze({
  name: '3.1',
  protocolName: 'MQIsdp',
  protocolLevel: 3,
  properties: false,
  reasonCodes: false,
  serverDisconnect: false,
  enhancedAuthentication: false,
  subscriptionOptions: false,
  sharedSubscriptions: false,
  passwordWithoutUserName: false,
  sessionPresent: false,
  subscribeFailure: false,
  emptyClientId: 'never',
  assignedClientId: false,
  clientIdCharsMax: 23,
  minimalRemainingLength: false,
  dupOnRequests: true,
  flaggedCredentialsMayBeMissing: true,
});

/** MQTT 3.1.1 (protocol name MQTT, level 4). */
export const MQTT_3_1_1: Dialect = Object.freeze({
  name: '3.1.1',
  protocolName: 'MQTT',
  protocolLevel: 4,
  properties: false,
  reasonCodes: false,
  serverDisconnect: false,
  enhancedAuthentication: false,
  subscriptionOptions: false,
  sharedSubscriptions: false,
  passwordWithoutUserName: false,
  sessionPresent: true,
  subscribeFailure: true,
  emptyClientId: 'with-clean-session',
  assignedClientId: false,
  clientIdCharsMax: 0,
  minimalRemainingLength: false,
  dupOnRequests: false,
  flaggedCredentialsMayBeMissing: false,
});

/** MQTT 5.0 (protocol name MQTT, level 5). */
export const MQTT_5_0: Dialect = Object.freeze({
  name: '5.0',
  protocolName: 'MQTT',
  protocolLevel: 5,
  properties: true,
  reasonCodes: true,
  serverDisconnect: true,
  enhancedAuthentication: true,
  subscriptionOptions: true,
  sharedSubscriptions: true,
  passwordWithoutUserName: true,
  sessionPresent: true,
  subscribeFailure: true,
  emptyClientId: 'always',
  assignedClientId: true,
  clientIdCharsMax: 0,
  minimalRemainingLength: true,
  dupOnRequests: false,
  flaggedCredentialsMayBeMissing: false,
});

export const DIALECTS: readonly Dialect[] = [MQTT_3_1, MQTT_3_1_1, MQTT_5_0];

/** The dialect with this protocol name and level, as CONNECT gives them; undefined where there is none. */
export function findDialect(protocolName: string, protocolLevel: number): Dialect | undefined {
  return DIALECTS.find((d) => d.protocolName === protocolName && d.protocolLevel === protocolLevel);
}

/** The dialect people mean by `3.1`, `3`, `311`, `mqttv5`, `5.0` and the like; undefined where nobody could. */
export function dialectFromText(text: string): Dialect | undefined {
  switch (
    text
      .toLowerCase()
      .replace(/^mqtt|^v|[._ -]/g, '')
      .replace(/^v/, '')
  ) {
    case '3':
    case '31':
      return MQTT_3_1;
    case '4':
    case '311':
      return MQTT_3_1_1;
    case '5':
    case '50':
      return MQTT_5_0;
    default:
      return undefined;
  }
}
