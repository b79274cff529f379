// The options of a connection, named as the users of MQTTX and mosquitto_pub know them. Owns names, bounds and help;
// what they mean together is `connect-options.ts`,
// and where else they come from `prepare.ts`.

import type { Dialect, QoS } from '@anax/protocol';
import { type Command, Option } from 'commander';
import { TYPED_FORMATS, type TypedFormat } from '../payload/index.ts';
import {
  toBytes,
  toDialect,
  toMilliseconds,
  toQos,
  toUserProperties,
  toWhole,
  type UserProperty,
} from './values.ts';

export interface ConnectFlags {
  readonly hostname?: string;
  readonly host?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly path?: string;
  readonly cafile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: true;
  readonly mqttVersion?: Dialect;
  readonly clientId?: string;
  readonly id?: string;
  readonly keepalive?: number;
  readonly clean?: boolean;
  readonly disableCleanSession?: true;
  readonly username?: string;
  readonly password?: string;
  readonly pw?: string;
  readonly passwordFile?: string;
  readonly passwordEnv?: string;
  readonly passwordPrompt?: true;
  readonly profile?: string;
  /** Of a profile. */
  readonly address?: string;
  readonly connectTimeout?: number;
  readonly sessionExpiryInterval?: number;
  readonly receiveMaximum?: number;
  readonly maximumPacketSize?: number;
  readonly topicAliasMaximum?: number;
  readonly reqResponseInfo?: true;
  readonly reqProblemInfo: boolean;
  /** Of CONNECT for `conn`; for `pub` and `sub`, as in MQTTX, of their own packet. */
  readonly userProperties?: readonly UserProperty[];
  readonly connUserProperties?: readonly UserProperty[];
  readonly authenticationMethod?: string;
  readonly authMethod?: string;
  readonly authenticationData?: Uint8Array;
  readonly willTopic?: string;
  readonly willMessage?: string;
  readonly willPayload?: string;
  readonly willFormat?: TypedFormat;
  readonly willQos?: QoS;
  readonly willRetain?: true;
  readonly willDelayInterval?: number;
  readonly willPayloadFormatIndicator?: true;
  readonly willMessageExpiryInterval?: number;
  readonly willContentType?: string;
  readonly willResponseTopic?: string;
  readonly willCorrelationData?: Uint8Array;
  readonly willUserProperties?: readonly UserProperty[];
  readonly explain?: true;
  readonly color: boolean;
}

const UINT16_MAX = 65_535;
const UINT32_MAX = 4_294_967_295;
const seconds16 = toWhole(0, UINT16_MAX, 'seconds');
const seconds32 = toWhole(0, UINT32_MAX, 'seconds');

/** The option for the User Properties of CONNECT. */
export type ConnectUserProperties = 'userProperties' | 'connUserProperties';

/** `-h` is the host's, as in the other programs: help is `--help` only. */
export function addConnectionOptions(command: Command, userProperties: ConnectUserProperties): Command {
  command.helpOption('--help', 'this text');
  addAddress(command.optionsGroup('Where, and who:'));
  const pairs = userProperties === 'userProperties' ? '--user-properties' : '--conn-user-properties';
  addProperties(command.optionsGroup('Connection, MQTT 5 only:'), pairs);
  addWill(command.optionsGroup('Will, published by the broker if this connection ends badly:'));
  return command;
}

function addAddress(command: Command): void {
  command
    .option('-h, --hostname <host>', 'the broker (default: localhost)')
    .option(
      '-p, --port <number>',
      'its port (default: 1883, with TLS 8883, ws 80, wss 443)',
      toWhole(1, UINT16_MAX),
    )
    .option('--protocol <name>', 'mqtt, mqtts (TLS), ws (WebSocket) or wss (default: mqtt)')
    .option('--path <path>', 'of a WebSocket (default: /mqtt)')
    .option('--cafile <file>', 'certificates that are trusted, instead of those of Node (PEM)')
    .option('--cert <file>', 'certificate of this client (PEM)')
    .option('--key <file>', 'its private key (PEM)')
    .option('--insecure', 'take any certificate: everybody on the way can read and change everything')
    .option('-V, --mqtt-version <version>', '3.1, 3.1.1 or 5 (default: 5)', toDialect)
    .option('-u, --username <name>', 'user name')
    .option('-P, --password <password>', 'password; others on this machine may see it')
    .option('--password-file <file>', 'the password is the first line of a file')
    .option('--password-env <name>', 'the password is in a variable of the environment')
    .option('--password-prompt', 'ask for the password')
    .option('-i, --client-id <id>', 'client identifier (default: the broker assigns one)')
    .option('-k, --keepalive <seconds>', 'Keep Alive; 0 turns it off (default: 60)', seconds16)
    .option('--clean', 'begin a new session (default)')
    .option('--no-clean', 'go on with the session that the broker holds')
    .option('-c, --disable-clean-session', 'the same as --no-clean')
    .option('--connect-timeout <seconds>', 'give up without CONNACK after this (default: 30)', toMilliseconds)
    // As mosquitto_pub writes them.
    .addOption(new Option('--host <host>').hideHelp())
    .addOption(new Option('--ca <file>').hideHelp())
    .addOption(new Option('--id <id>').hideHelp())
    .addOption(new Option('--pw <password>').hideHelp());
}

function addProperties(command: Command, pairs: string): void {
  command
    .option(
      '--session-expiry-interval <seconds>',
      'how long the broker keeps the session afterwards',
      seconds32,
    )
    .option(
      '--receive-maximum <number>',
      'messages above QoS 0 that may be on their way here',
      toWhole(1, UINT16_MAX, 'messages'),
    )
    .option('--maximum-packet-size <bytes>', 'the largest packet taken here', toWhole(1, UINT32_MAX, 'bytes'))
    .option('--topic-alias-maximum <number>', 'topic aliases taken here', toWhole(0, UINT16_MAX, 'aliases'))
    .option('--req-response-info', 'ask for Response Information')
    .option('--no-req-problem-info', 'ask for no Reason Strings and User Properties in answers')
    .option(`${pairs} <pairs...>`, 'name=value or "name: value"; may be repeated', toUserProperties)
    .option(
      '--authentication-method <name>',
      'Authentication Method; of SCRAM-SHA-1, -256 and -512 the exchange is had with --username and --password',
    )
    .option('--authentication-data <text>', 'Authentication Data', toBytes)
    .addOption(new Option('--auth-method <name>').hideHelp());
}

function addWill(command: Command): void {
  command
    .option('--will-topic <topic>', 'where it goes; needed for the others')
    .option('--will-message <text>', 'what it says (default: nothing)')
    .addOption(new Option('--will-payload <text>').hideHelp())
    .addOption(
      new Option('--will-format <format>', 'what is typed there (default: as it stands)').choices(
        TYPED_FORMATS,
      ),
    )
    .option('--will-qos <qos>', '0, 1 or 2 (default: 0)', toQos)
    .option('--will-retain', 'retained')
    .option('--will-delay-interval <seconds>', 'wait this long for the client to come back', seconds32)
    .option('--will-payload-format-indicator', 'say that it is UTF-8 text')
    .option('--will-message-expiry-interval <seconds>', 'Message Expiry Interval', seconds32)
    .option('--will-content-type <type>', 'Content Type')
    .option('--will-response-topic <topic>', 'Response Topic')
    .option('--will-correlation-data <text>', 'Correlation Data', toBytes)
    .option('--will-user-properties <pairs...>', 'name=value or "name: value"', toUserProperties);
}
