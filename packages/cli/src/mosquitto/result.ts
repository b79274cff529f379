// What a draft of a mosquitto.conf becomes: the tree of a configuration of ours, to be written as YAML.

import type { Draft, ListenerDraft, Security } from './draft.ts';

export type Configuration = Readonly<Record<string, unknown>>;

const PORT = 1883;
/** All addresses of both families, where the machine has both. */
const EVERYWHERE = '::';

export function configurationOf(draft: Draft): Configuration {
  const [first, ...others] = draft.listeners as [ListenerDraft, ...ListenerDraft[]];
  const used = first.isUsed || others.length === 0 ? [first, ...others] : others;
  // Without a listener and a port mosquitto serves this machine only, and lets it in without a password.
  const localOnly = others.length === 0 && first.port === undefined && first.host === undefined;
  const listeners = used.map((one) => listenerOf(one, draft, localOnly));
  const tree: Record<string, unknown> = { listeners };
  if (!draft.perListener) Object.assign(tree, identityOf(draft.general, localOnly));
  else tree['anonymous'] = 'never';
  const access = accessOf(draft, used);
  if (access !== undefined) tree['access'] = access;
  const level = logLevelOf(draft.logTypes);
  if (level !== undefined) draft.settings.set('log.level', level);
  for (const [key, value] of draft.settings) put(tree, key.split('.'), value);
  return tree;
}

function listenerOf(one: ListenerDraft, draft: Draft, localOnly: boolean): Configuration {
  const security = draft.perListener ? one.security : draft.general;
  const tls = tlsOf(one, security, draft);
  const place =
    one.unixPath === undefined
      ? { host: hostOf(one, localOnly), port: one.port ?? PORT }
      : { file: one.unixPath, mode: '0666' };
  const protocol = one.unixPath !== undefined ? 'unix' : protocolOf(one.webSocket, tls !== undefined);
  return {
    protocol,
    ...place,
    ...(one.webSocket ? { origins: ['*'] } : {}),
    ...(tls === undefined ? {} : { tls }),
    ...(one.connectionsMax === undefined ? {} : { connectionsMax: one.connectionsMax }),
    ...(one.topicAliasMaximum === undefined ? {} : { topicAliasMaximum: one.topicAliasMaximum }),
    ...(one.maximumQos === undefined ? {} : { features: { maximumQos: one.maximumQos } }),
    ...authenticationOf(one, security, draft, localOnly),
  };
}

function protocolOf(webSocket: boolean, tls: boolean): string {
  if (webSocket) return tls ? 'wss' : 'ws';
  return tls ? 'tls' : 'tcp';
}

function hostOf({ host, domain }: ListenerDraft, localOnly: boolean): string {
  if (host !== undefined) return host;
  if (localOnly) return '127.0.0.1';
  return domain === 'ipv4' ? '0.0.0.0' : EVERYWHERE;
}

/** mosquitto asks for the password wherever a user name is given, and has an opinion on those who give none. */
function identityOf({ passwordFile, allowAnonymous }: Security, localOnly: boolean): Configuration {
  const anonymous = allowAnonymous ?? localOnly;
  // Without a file of passwords any name will do.
  if (passwordFile === undefined) return { anonymous: anonymous ? 'always' : 'never' };
  const links = [{ type: 'passwordFile', file: passwordFile }];
  return { authentication: anonymous ? [...links, { type: 'anonymous', from: 'anywhere' }] : links };
}

function chainOf(security: Security, localOnly: boolean, draft: Draft, one: ListenerDraft): Configuration {
  const { authentication } = identityOf(security, localOnly);
  if (authentication !== undefined) return { authentication };
  if (security.allowAnonymous !== true) return { authentication: [{ type: 'users' }] };
  note(draft, one, 'clients that give a user name are not let in here: there is no password_file');
  return { authentication: [{ type: 'anonymous', from: 'anywhere' }] };
}

/** What a listener says for itself. A certificate is asked by `tls.userNameFrom`. */
function authenticationOf(
  one: ListenerDraft,
  security: Security,
  draft: Draft,
  localOnly: boolean,
): Configuration {
  const byKey = one.identityIsUserName === true && one.pskHint !== undefined;
  if (byKey) return { authentication: [{ type: 'psk' }] };
  return draft.perListener ? chainOf(security, localOnly, draft, one) : {};
}

/** Rules are for all listeners; they may name the listener that they are for. */
function accessOf(draft: Draft, used: readonly ListenerDraft[]): Configuration | undefined {
  const all = draft.perListener ? used.map(({ security }) => security) : [draft.general];
  const files = new Set(all.map(({ aclFile }) => aclFile));
  const [file] = files;
  if (files.size === 1) return file === undefined ? undefined : { mosquittoFile: file };
  const text = 'rules are for all listeners: put them into one file';
  for (const { aclLine: line } of all) {
    if (line !== undefined) draft.remarks.push({ line, kind: 'left-out', text });
  }
  return { rules: [] };
}

function tlsOf(one: ListenerDraft, { pskFile }: Security, draft: Draft): Configuration | undefined {
  const usesKeys = pskFile !== undefined && one.pskHint !== undefined;
  if (one.certFile === undefined && !usesKeys) return undefined;
  const asks = one.requiresCertificate === true;
  if (!asks && one.caFile !== undefined)
    note(draft, one, 'cafile is for the certificates of clients, for which it does not ask');
  return {
    ...(one.certFile === undefined ? {} : { certFile: one.certFile, keyFile: one.keyFile }),
    ...(usesKeys ? { pskFile, pskHint: one.pskHint } : {}),
    ...(asks ? { clientCertificate: 'required', caFile: one.caFile } : {}),
    ...(asks && one.crlFile !== undefined ? { crlFile: one.crlFile } : {}),
    ...(asks && one.identityIsUserName ? { userNameFrom: 'commonName' } : {}),
    ...(one.tlsVersion === undefined ? {} : { minVersion: one.tlsVersion }),
    ...(one.ciphers === undefined ? {} : { ciphers: one.ciphers }),
  };
}

function note(draft: Draft, { line }: ListenerDraft, text: string): void {
  if (line !== undefined) draft.remarks.push({ line, kind: 'differs', text });
}

const LEVELS: readonly (readonly [level: string, types: readonly string[]])[] = [
  ['debug', ['all', 'debug']],
  ['info', ['information', 'notice', 'subscribe', 'unsubscribe', 'websockets']],
  ['warn', ['warning']],
  ['error', ['error']],
  ['silent', ['none']],
];

/** The first that one of the types asks for: each has those behind it, too. */
function logLevelOf(types: ReadonlySet<string>): string | undefined {
  return LEVELS.find(([, names]) => names.some((name) => types.has(name)))?.[0];
}

function put(tree: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) tree[key] = value;
  else {
    tree[key] ??= {};
    put(tree[key] as Record<string, unknown>, rest, value);
  }
}
