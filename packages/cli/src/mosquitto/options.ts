// Every option of mosquitto.conf(5) for 2.0, and a few of 2.1: what it becomes, or why nothing becomes of it. One table; how
// options are read one after the other is in `translate.ts`.

import { BRIDGE } from './bridge.ts';
import type { Draft, ListenerDraft } from './draft.ts';
import type { Line } from './file.ts';
import { expiry, flag, Misread, text, whole } from './values.ts';

/** Takes a line; what it returns is how the result differs. Throws a `Misread` where it cannot be taken. */
type Take = (draft: Draft, value: string, line: Line) => string | undefined;

export type Option =
  | { readonly becomes: string; readonly take: Take }
  /** Nothing becomes of it, and nothing is lost. */
  | { readonly needless: string }
  | { readonly leftOut: string };

const needless = (why: string): Option => ({ needless: why });
const leftOut = (why: string): Option => ({ leftOut: why });

/** One setting. `differs`: said with it, always, or where the function says so. */
function sets<T>(
  key: string,
  read: (value: string) => T | undefined,
  differs?: string | ((value: string) => string | undefined),
): Option {
  return {
    becomes: key,
    take: (draft, value) => {
      const found = read(value);
      if (found !== undefined) draft.settings.set(key, found);
      return typeof differs === 'function' ? differs(value) : differs;
    },
  };
}

function listener(becomes: string, apply: (one: ListenerDraft, value: string) => string | undefined): Option {
  return {
    becomes,
    take: (draft, value) => {
      const one = draft.listener;
      one.isUsed = true;
      return apply(one, value);
    },
  };
}

function security(becomes: string, key: 'passwordFile' | 'aclFile' | 'pskFile'): Option {
  return {
    becomes,
    take: (draft, value, line) => {
      draft.security[key] = draft.file(text(value));
      if (key === 'aclFile') draft.security.aclLine = line;
      return undefined;
    },
  };
}

/** A value of the listener that options are for. */
function ofListener<K extends keyof ListenerDraft>(
  becomes: string,
  key: K,
  read: (value: string, draft: Draft) => ListenerDraft[K],
): Option {
  return {
    becomes,
    take: (draft, value) => {
      draft.listener.isUsed = true;
      draft.listener[key] = read(value, draft);
      return undefined;
    },
  };
}

const fileOf = (value: string, draft: Draft): string => draft.file(text(value));

const NO_LIMIT = 'mosquitto has no limit with 0; here the default of the key holds';
/** 0 is no limit there. */
const limit = (value: string): number | undefined => (whole(value) === 0 ? undefined : whole(value));
const noLimit = (value: string): string | undefined => (value === '0' ? NO_LIMIT : undefined);
const packetLimit = (value: string): number | undefined => {
  const bytes = limit(value);
  return bytes === undefined ? undefined : Math.max(128, bytes);
};
/** A topic and properties beside the payload. */
const BESIDE_PAYLOAD_BYTES = 65_536 + 1024;

const ANYBODY_ELSE =
  'nothing of mosquitto is loaded: `authentication` has JWT, HTTP and files of its own, and createBroker takes functions';
const ALWAYS_STORED = 'what is acknowledged is on disk at once: docs/durability.md';
const ELSEWHERE =
  'the log goes to standard error, one JSON object a line: whoever starts the broker puts it elsewhere';
const MANAGER = 'whoever starts the broker does that, such as systemd';

export const OPTIONS: Readonly<Record<string, Option>> = {
  acl_file: security('access.mosquittoFile', 'aclFile'),
  allow_anonymous: {
    becomes: 'anonymous, authentication',
    take: (draft, value) => {
      draft.security.allowAnonymous = flag(value);
      return undefined;
    },
  },
  allow_duplicate_messages: {
    becomes: 'nothing',
    take: (_, value) =>
      flag(value)
        ? 'overlapping subscriptions of a client get one copy of a message, never several'
        : undefined,
  },
  allow_zero_length_clientid: {
    becomes: 'nothing',
    take: (_, value) => {
      if (!flag(value))
        throw new Misread('clients without an identifier always get one, as the standard says');
      return undefined;
    },
  },
  auth_plugin: leftOut(ANYBODY_ELSE),
  auth_plugin_deny_special_chars: needless('a + or # in a name or an identifier never widens a rule'),
  auto_id_prefix: leftOut('identifiers that the broker makes begin as it likes'),
  autosave_interval: needless(ALWAYS_STORED),
  autosave_on_changes: needless(ALWAYS_STORED),
  check_retain_source: leftOut('a retained message is judged by who gets it, not by who sent it'),
  clientid_prefixes: leftOut('a rule in `access` can allow topics for single client identifiers'),
  connection_messages: {
    becomes: 'nothing',
    take: (_, value) => {
      if (!flag(value))
        throw new Misread('who comes and goes is in the log at `info`; `log.level: warn` leaves it out');
      return undefined;
    },
  },
  include_dir: needless('its files have been read'),
  log_dest: {
    becomes: 'nothing',
    take: (_, value) => {
      if (value !== 'stderr') throw new Misread(ELSEWHERE);
      return undefined;
    },
  },
  log_facility: leftOut(ELSEWHERE),
  log_timestamp: needless('every line of the log has its time'),
  log_timestamp_format: needless('every line of the log has its time, as ISO 8601 writes it'),
  log_type: {
    becomes: 'log.level',
    take: (draft, value) => {
      draft.logTypes.add(text(value));
      return undefined;
    },
  },
  max_inflight_bytes: sets('inFlightBytesMax', limit, noLimit),
  max_inflight_messages: {
    becomes: 'inFlightMax, receiveMaximum',
    take: (draft, value) => {
      const most = limit(value) ?? 65_535;
      draft.settings.set('inFlightMax', most);
      draft.settings.set('receiveMaximum', most);
      return undefined;
    },
  },
  max_keepalive: sets('keepAlive.max', (value) => (whole(value) === 0 ? 0 : `${whole(value)}s`)),
  max_packet_size: sets('packet.maximumSize', packetLimit, (value) =>
    whole(value) > 0 && whole(value) < 128 ? 'no less than 128 bytes can be set' : noLimit(value),
  ),
  max_queued_bytes: sets('queue.bytesMax', limit, noLimit),
  max_queued_messages: sets('queue.messagesMax', limit, noLimit),
  memory_limit: leftOut('the limits on queues, retained messages and packets bound memory'),
  message_size_limit: sets(
    'packet.maximumSize',
    (value) => (whole(value) === 0 ? undefined : whole(value) + BESIDE_PAYLOAD_BYTES),
    (value) =>
      noLimit(value) ?? 'the whole packet is limited: 65 KiB were added for its topic and properties',
  ),
  password_file: security('authentication', 'passwordFile'),
  per_listener_settings: needless('it was heeded: who may come in is said where mosquitto says it'),
  persistence: sets('store.durability', (value) => (flag(value) ? undefined : 'memory')),
  persistence_file: leftOut('the store has its own files'),
  persistence_location: sets(
    'store.directory',
    (value) => `${text(value).replace(/\/+$/, '')}/anax`,
    'a folder in it: what mosquitto has stored stays where it is, and is not taken over',
  ),
  persistent_client_expiration: sets('session.expiryMax', expiry),
  pid_file: leftOut(MANAGER),
  plugin: leftOut(ANYBODY_ELSE),
  psk_file: security('listeners[].tls.pskFile', 'pskFile'),
  queue_qos0_messages: {
    becomes: 'nothing',
    take: (_, value) => {
      if (flag(value)) throw new Misread('QoS 0 is not kept for clients that are not there');
      return undefined;
    },
  },
  retain_available: sets('features.retain', flag),
  retain_expiry_interval: leftOut('a retained message expires with its Message Expiry Interval only'),
  set_tcp_nodelay: needless('it is always set'),
  sys_interval: sets('sysInterval', (value) => (whole(value) === 0 ? 0 : `${whole(value)}s`)),
  upgrade_outgoing_qos: {
    becomes: 'nothing',
    take: (_, value) => {
      if (flag(value))
        throw new Misread('a message is never sent with a higher QoS than it was published with');
      return undefined;
    },
  },
  user: leftOut(MANAGER),

  bind_address: ofListener('listeners[].host', 'host', text),
  bind_interface: leftOut('`host` takes an address: name that of the interface'),
  http_dir: leftOut('no files are served'),
  listener: {
    becomes: 'listeners',
    take: (draft, value, line) => {
      const [port = '', host] = text(value).split(/\s+/);
      const number = whole(port);
      const one = draft.begin(line);
      if (number === 0 && host?.startsWith('/')) one.unixPath = host;
      else Object.assign(one, { port: number, host });
      return undefined;
    },
  },
  max_connections: listener('listeners[].connectionsMax', (one, value) => {
    if (whole(value) >= 0) one.connectionsMax = Math.max(1, whole(value));
    return whole(value) === 0 ? 'no fewer than 1 can be set' : undefined;
  }),
  global_max_clients: sets('session.max', limit, noLimit),
  global_max_connections: sets('connections.max', limit, noLimit),
  max_qos: ofListener('listeners[].features.maximumQos', 'maximumQos', whole),
  max_topic_alias: ofListener('listeners[].topicAliasMaximum', 'topicAliasMaximum', whole),
  mount_point: leftOut('topics are never changed on their way'),
  port: ofListener('listeners[].port', 'port', whole),
  protocol: listener('listeners[].protocol', (one, value) => {
    if (value !== 'mqtt' && value !== 'websockets')
      throw new Misread(`expected mqtt or websockets, found '${value}'`);
    one.webSocket = value === 'websockets';
    return one.webSocket
      ? 'the path of the URL must be /mqtt; mosquitto takes any. `path` sets another'
      : undefined;
  }),
  socket_domain: listener('listeners[].host', (one, value) => {
    if (value !== 'ipv4' && value !== 'ipv6') throw new Misread(`expected ipv4 or ipv6, found '${value}'`);
    one.domain = value;
    return undefined;
  }),
  use_username_as_clientid: {
    becomes: 'nothing',
    take: (_, value) => {
      if (flag(value))
        throw new Misread('a client keeps its identifier; a session belongs to the user that began it');
      return undefined;
    },
  },
  websockets_headers_size: needless('the request of a handshake may have 16 KiB'),
  websockets_log_level: needless('what is wrong with a handshake is in the log'),
  websockets_origin: listener('listeners[].origins', () => {
    throw new Misread('`origins` of the listener: a list of pages as browsers write them');
  }),

  cafile: ofListener('listeners[].tls.caFile', 'caFile', fileOf),
  capath: leftOut('`tls.caFile` takes one file: put the certificates of the folder into one'),
  certfile: ofListener('listeners[].tls.certFile', 'certFile', fileOf),
  ciphers: ofListener('listeners[].tls.ciphers', 'ciphers', text),
  'ciphers_tls1.3': leftOut('`tls.ciphers` takes those of TLS 1.3, too: put them first, with colons'),
  crlfile: ofListener('listeners[].tls.crlFile', 'crlFile', fileOf),
  dhparamfile: needless('keys are agreed upon with elliptic curves'),
  keyfile: ofListener('listeners[].tls.keyFile', 'keyFile', fileOf),
  require_certificate: ofListener('listeners[].tls.clientCertificate', 'requiresCertificate', flag),
  tls_engine: leftOut('keys are in files'),
  tls_engine_kpass_sha1: leftOut('keys are in files'),
  tls_keyform: leftOut('keys are in files'),
  tls_version: listener('listeners[].tls.minVersion', (one, value) => {
    const [, version] = /^tlsv(1\.[123])$/.exec(value) ?? [];
    if (version === undefined) throw new Misread(`expected tlsv1.2 or tlsv1.3, found '${value}'`);
    one.tlsVersion = version === '1.3' ? '1.3' : '1.2';
    return version === '1.1' ? 'TLS 1.1 is broken: 1.2 is the oldest version here' : undefined;
  }),
  use_identity_as_username: ofListener('listeners[].tls.userNameFrom', 'identityIsUserName', flag),
  use_subject_as_username: {
    becomes: 'nothing',
    take: (_, value) => {
      if (flag(value))
        throw new Misread('`tls.userNameFrom` takes the common name or an alternative name of a certificate');
      return undefined;
    },
  },
  psk_hint: ofListener('listeners[].tls.pskHint', 'pskHint', text),
  ...Object.fromEntries(BRIDGE.map((name) => [name, leftOut('there are no bridges')])),
};

/** An option by its name; those of plugins have a name of their own behind. */
export function optionOf(name: string): Option | undefined {
  if (name.startsWith('auth_opt_') || name.startsWith('plugin_opt_')) return leftOut(ANYBODY_ELSE);
  return Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
}
