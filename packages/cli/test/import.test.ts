/** Owns what `anax config import` makes of a mosquitto.conf, and what it says about the rest. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSettings, loadSettings } from '@anax/broker';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { Authority, LOCAL_NAMES } from '../../broker/test/listeners/x509.ts';
import { configImportCommand } from '../src/config/import.ts';
import { linesOf } from '../src/mosquitto/file.ts';
import { optionOf } from '../src/mosquitto/options.ts';
import { sentenceOf } from '../src/mosquitto/text.ts';
import { translate } from '../src/mosquitto/translate.ts';
import { run, text } from './support.ts';

async function translated(conf: string) {
  const lines = await linesOf('m.conf', { read: async () => conf, list: async () => [] });
  const { configuration, remarks } = translate(lines, (name) => `/here/${name}`);
  return { configuration, said: remarks.map(sentenceOf) };
}

const LOCAL = { protocol: 'tcp', host: '127.0.0.1', port: 1883 };
const EVERYWHERE = { protocol: 'tcp', host: '::', port: 1883 };

/** As mosquitto.conf(5) of 2.0 has them, in its order. */
const MANUAL = `acl_file allow_anonymous allow_duplicate_messages allow_zero_length_clientid auth_plugin
auth_plugin_deny_special_chars auto_id_prefix autosave_interval autosave_on_changes check_retain_source clientid_prefixes
connection_messages include_dir log_dest log_facility log_timestamp log_timestamp_format log_type max_inflight_bytes
max_inflight_messages max_keepalive max_packet_size max_queued_bytes max_queued_messages memory_limit message_size_limit
password_file per_listener_settings persistence persistence_file persistence_location persistent_client_expiration pid_file
psk_file retain_available set_tcp_nodelay sys_interval upgrade_outgoing_qos user bind_address bind_interface http_dir listener
max_connections max_qos max_topic_alias mount_point port protocol socket_domain use_username_as_clientid websockets_log_level
websockets_headers_size cafile capath certfile ciphers crlfile dhparamfile keyfile require_certificate tls_engine tls_keyform
tls_version use_identity_as_username use_subject_as_username psk_hint address addresses bridge_attempt_unsubscribe
bridge_bind_address bridge_max_packet_size bridge_outgoing_retain bridge_protocol_version cleansession local_cleansession
connection keepalive_interval idle_timeout local_clientid local_password local_username notifications
notifications_local_only notification_topic remote_clientid remote_password remote_username restart_timeout round_robin
start_type threshold topic try_private bridge_alpn bridge_cafile bridge_capath bridge_certfile bridge_identity bridge_insecure
bridge_keyfile bridge_psk bridge_require_ocsp bridge_tls_version queue_qos0_messages plugin plugin_opt_x auth_opt_x
tls_engine_kpass_sha1 ciphers_tls1.3`.split(/\s+/);

it.each(MANUAL)('%s has its line in the table', (name) => expect(optionOf(name)).toBeDefined());

describe('who may come in', () => {
  it('without a listener: everybody on this machine', async () => {
    expect((await translated('')).configuration).toEqual({ listeners: [LOCAL], anonymous: 'always' });
  });

  it('with one: nobody', async () => {
    expect((await translated('listener 1883')).configuration).toEqual({
      listeners: [EVERYWHERE],
      anonymous: 'never',
    });
    expect((await translated('port 1884')).configuration).toEqual({
      listeners: [{ ...EVERYWHERE, port: 1884 }],
      anonymous: 'never',
    });
  });

  it('a file of passwords, and who gives none', async () => {
    const file = { type: 'passwordFile', file: '/here/users' };
    expect((await translated('listener 1883\npassword_file users')).configuration).toEqual({
      listeners: [EVERYWHERE],
      authentication: [file],
    });
    expect(
      (await translated('password_file users\nlistener 1883\nallow_anonymous true\nacl_file acl'))
        .configuration,
    ).toEqual({
      listeners: [EVERYWHERE],
      authentication: [file, { type: 'anonymous', from: 'anywhere' }],
      access: { mosquittoFile: '/here/acl' },
    });
  });

  it('said for each listener', async () => {
    const conf = `per_listener_settings true
listener 1883 127.0.0.1
allow_anonymous true
acl_file a
listener 1884
password_file users
acl_file b
listener 1885 192.0.2.1
`;
    const { configuration, said } = await translated(conf);
    expect(configuration).toEqual({
      listeners: [
        { ...LOCAL, authentication: [{ type: 'anonymous', from: 'anywhere' }] },
        { ...EVERYWHERE, port: 1884, authentication: [{ type: 'passwordFile', file: '/here/users' }] },
        { ...LOCAL, host: '192.0.2.1', port: 1885, authentication: [{ type: 'users' }] },
      ],
      anonymous: 'never',
      access: { rules: [] },
    });
    expect(said).toEqual([
      'm.conf:2: `listener`: clients that give a user name are not let in here: there is no password_file',
      'm.conf:4: `acl_file` is left out: rules are for all listeners: put them into one file',
      'm.conf:7: `acl_file` is left out: rules are for all listeners: put them into one file',
    ]);
  });
});

describe('listeners', () => {
  it.each([
    ['listener 1883 192.0.2.1', { host: '192.0.2.1' }],
    ['listener 1883\nsocket_domain ipv4', { host: '0.0.0.0' }],
    ['listener 1883\nmax_connections 5', { connectionsMax: 5 }],
    ['listener 1883\nmax_connections -1', {}],
    ['listener 1883\nmax_qos 1\nmax_topic_alias 3', { features: { maximumQos: 1 }, topicAliasMaximum: 3 }],
    ['listener 9001\nprotocol websockets', { protocol: 'ws', port: 9001, origins: ['*'] }],
    [
      'listener 8883\ncertfile c\nkeyfile k\ntls_version tlsv1.3\nciphers A:B',
      {
        protocol: 'tls',
        port: 8883,
        tls: { certFile: '/here/c', keyFile: '/here/k', minVersion: '1.3', ciphers: 'A:B' },
      },
    ],
    [
      'listener 8884\nprotocol websockets\ncafile ca\ncertfile c\nkeyfile k\ncrlfile r\nrequire_certificate true\nuse_identity_as_username true',
      {
        protocol: 'wss',
        port: 8884,
        origins: ['*'],
        tls: {
          certFile: '/here/c',
          keyFile: '/here/k',
          clientCertificate: 'required',
          caFile: '/here/ca',
          crlFile: '/here/r',
          userNameFrom: 'commonName',
        },
      },
    ],
    [
      'psk_file p\nlistener 8885\npsk_hint h',
      { protocol: 'tls', port: 8885, tls: { pskFile: '/here/p', pskHint: 'h' } },
    ],
    [
      'psk_file p\nlistener 8885\npsk_hint h\nuse_identity_as_username true',
      {
        protocol: 'tls',
        port: 8885,
        tls: { pskFile: '/here/p', pskHint: 'h' },
        authentication: [{ type: 'psk' }],
      },
    ],
  ])('%j', async (conf, own) => {
    const { configuration } = await translated(conf);
    expect(configuration['listeners']).toEqual([{ ...EVERYWHERE, ...own }]);
  });

  it('a Unix socket', async () => {
    const { configuration } = await translated('listener 0 /run/mosquitto.sock');
    expect(configuration['listeners']).toEqual([
      { protocol: 'unix', file: '/run/mosquitto.sock', mode: '0666' },
    ]);
  });

  it('the options before the first one are one of their own', async () => {
    const { configuration } = await translated('port 1884\nlistener 1885');
    expect(configuration['listeners']).toMatchObject([{ port: 1884 }, { port: 1885 }]);
  });
});

describe('single settings', () => {
  it.each<[string, object]>([
    ['max_inflight_messages 20', { inFlightMax: 20, receiveMaximum: 20 }],
    ['max_inflight_messages 0', { inFlightMax: 65_535, receiveMaximum: 65_535 }],
    ['max_queued_messages 100\nmax_queued_bytes 5000', { queue: { messagesMax: 100, bytesMax: 5000 } }],
    ['max_keepalive 60', { keepAlive: { max: '60s' } }],
    ['max_packet_size 20', { packet: { maximumSize: 128 } }],
    ['message_size_limit 1000', { packet: { maximumSize: 67_560 } }],
    ['persistence false', { store: { durability: 'memory' } }],
    ['persistence true', {}],
    ['persistence_location /var/lib/mosquitto/', { store: { directory: '/var/lib/mosquitto/anax' } }],
    ['persistent_client_expiration 2m', { session: { expiryMax: '1440h' } }],
    ['retain_available false', { features: { retain: false } }],
    ['sys_interval 0', { sysInterval: 0 }],
    ['sys_interval 30', { sysInterval: '30s' }],
    ['log_type error\nlog_type warning', { log: { level: 'warn' } }],
    ['log_type all', { log: { level: 'debug' } }],
    ['log_type none', { log: { level: 'silent' } }],
  ])('%j', async (conf, expected) => {
    const { configuration } = await translated(conf);
    expect(configuration).toEqual({ listeners: [LOCAL], anonymous: 'always', ...expected });
  });
});

describe('what is left out', () => {
  it.each([
    ['connection bridge', 'm.conf:1: `connection` is left out: there are no bridges'],
    [
      '\n\nuser mosquitto',
      'm.conf:3: `user` is left out: whoever starts the broker does that, such as systemd',
    ],
    ['made_up 5', 'm.conf:1: `made_up` is left out: mosquitto.conf has no such option that is known here'],
    ['max_keepalive soon', "m.conf:1: `max_keepalive` is left out: expected a whole number, found 'soon'"],
    [
      'queue_qos0_messages true',
      'm.conf:1: `queue_qos0_messages` is left out: QoS 0 is not kept for clients that are not there',
    ],
    ['tls_version tlsv1', "m.conf:1: `tls_version` is left out: expected tlsv1.2 or tlsv1.3, found 'tlsv1'"],
    [
      'constructor x',
      'm.conf:1: `constructor` is left out: mosquitto.conf has no such option that is known here',
    ],
  ])('%j', async (conf, sentence) => expect((await translated(conf)).said).toEqual([sentence]));

  it('no secret is repeated', async () => {
    expect(
      JSON.stringify((await translated('remote_password topsecret\nbridge_psk topsecret')).said),
    ).not.toContain('topsecret');
  });

  it('nothing is said about what needs nothing', async () => {
    const conf =
      '# a comment\n\nset_tcp_nodelay true\nautosave_interval 5\nqueue_qos0_messages false\nlog_dest stderr\n';
    expect((await translated(conf)).said).toEqual([]);
  });
});

describe('the verb', () => {
  function place(conf: string) {
    const folder = mkdtempSync(join(tmpdir(), 'anax-import-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'mosquitto.conf'), conf);
    const read = (name: string) => ({ [name]: text(readFileSync(name, 'utf8')) });
    return { folder, file: join(folder, 'mosquitto.conf'), read };
  }

  it('writes a file that the broker takes, for its owner only, with what it could not translate', async () => {
    const { folder, file, read } = place(
      'listener 1885\nallow_anonymous true\nmax_queued_messages 7\nconnection b\n',
    );
    const output = join(folder, 'anax.yaml');
    const { code, error } = await run(configImportCommand, [file, '--output', output], { files: read(file) });
    expect([code, error]).toEqual([
      1,
      `anax config import: ${file}:4: \`connection\` is left out: there are no bridges\n`,
    ]);
    expect(readFileSync(output, 'utf8')).toContain(
      `#   ${file}:4: \`connection\` is left out: there are no bridges\n`,
    );
    const settings = loadSettings({ file: output });
    expect(settings.listeners[0]?.options).toMatchObject({ protocol: 'tcp', host: '::', port: 1885 });
    expect([settings.anonymous, settings.limits.queueMessagesMax]).toEqual(['always', 7]);
  });

  it('of TLS, keys, rules and users, writes what a start would take', async () => {
    const { folder, file, read } = place('');
    const inFolder = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const authority = new Authority();
    const { cert, key } = authority.issue({ commonNames: ['server'], names: LOCAL_NAMES });
    const hash =
      '$7$101$lq3FdSaKFPTaMOeT$KJ95zQqH2F7IY/tvEaD+tyvs7/v04zgD6XerWViBKUkGLg3NCN6tKZSYXcXPPufesEEJnk3Y92gH1ijkFcsxFQ==';
    const tls = `certfile ${inFolder('cert', cert)}\nkeyfile ${inFolder('key', key)}\ncafile ${inFolder('ca', authority.cert)}`;
    const conf = `password_file ${inFolder('users', `ann:${hash}\n`)}
acl_file ${inFolder('acl', 'topic read public/#\n')}
psk_file ${inFolder('psk', 'device:000102030405060708090a0b0c0d0e0f\n')}
max_inflight_bytes 5000
persistence_location ${folder}/
listener 1883 127.0.0.1
listener 8883 127.0.0.1
${tls}
require_certificate true
use_identity_as_username true
listener 9001 127.0.0.1
protocol websockets
${tls}
listener 8885 127.0.0.1
psk_hint there
use_identity_as_username true
listener 0 ${folder}/socket
`;
    writeFileSync(file, conf);
    const output = join(folder, 'anax.yaml');
    const { code } = await run(configImportCommand, [file, '-o', output], { files: read(file) });
    expect(code).toBe(0);
    const settings = loadSettings({ file: output });
    expect(settings.listeners.map(({ options }) => options.protocol)).toEqual([
      'tcp',
      'tls',
      'wss',
      'tls',
      'unix',
    ]);
    expect(await checkSettings(settings)).toEqual({ problems: [], warnings: [] });
  });

  it('prints, with exit code 0 where nothing is left out', async () => {
    const { file, read } = place('listener 1885\n');
    const { code, out, error } = await run(configImportCommand, [file], { files: read(file) });
    expect([code, error, parse(out)]).toEqual([
      0,
      '',
      { listeners: [{ ...EVERYWHERE, port: 1885 }], anonymous: 'never' },
    ]);
  });

  it('reads what include_dir names, in order', async () => {
    const { folder, file, read } = place('');
    const inner = join(folder, 'conf.d');
    mkdirSync(inner);
    writeFileSync(file, `include_dir ${inner}\n`);
    for (const [name, conf] of [
      ['b.conf', 'sys_interval 7'],
      ['a.conf', 'sys_interval 8'],
      ['a.txt', 'sys_interval 9'],
    ]) {
      writeFileSync(join(inner, name as string), conf as string);
    }
    const files = { ...read(file), ...read(join(inner, 'a.conf')), ...read(join(inner, 'b.conf')) };
    const { out } = await run(configImportCommand, [file], { files });
    expect(parse(out)).toMatchObject({ sysInterval: '7s' });
  });

  it('never replaces a file, and says what it cannot read', async () => {
    const { folder, file, read } = place('');
    const output = join(folder, 'anax.yaml');
    writeFileSync(output, 'mine');
    const { code, error } = await run(configImportCommand, [file, '-o', output], { files: read(file) });
    expect([code, error]).toEqual([
      2,
      `anax config import: ${output} is there already, and is not replaced\n`,
    ]);
    expect((await run(configImportCommand, ['nowhere'])).error).toBe(
      'anax config import: nowhere cannot be read: no such file\n',
    );
  });
});
