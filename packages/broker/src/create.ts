// `createBroker`: the door for those who embed a broker. Options are checked by the schema of the configuration.

import { MqttError } from '@anax/protocol';
import { loadSettings } from './config/load.ts';
import type { Override } from './config/overrides.ts';
import { configSchema } from './config/schema.ts';
import { storeOpener } from './open-store.ts';
import type { BrokerHooks, BrokerOptions } from './options.ts';
import { Broker } from './serve.ts';

const SOURCE = 'createBroker';

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** What is no setting: what it must be, in words and as a check. */
const OTHERS: Readonly<
  Record<keyof BrokerHooks | 'configFile', readonly [expected: string, isGood: (value: unknown) => boolean]>
> = {
  authenticate: ['a function', isFunction],
  methods: ['a Map of functions', (value) => value instanceof Map && [...value.values()].every(isFunction)],
  mayPublish: ['a function', isFunction],
  maySubscribe: ['a function', isFunction],
  note: ['a function', isFunction],
  configFile: ['the name of a file', (value) => typeof value === 'string' && value !== ''],
};

/**
 * A broker that has not started. Without `listeners` it will listen on 127.0.0.1:1883; an empty list has it listen
 * nowhere.
 * @throws MqttError `invalid-configuration`: a line for each option that is wrong, with its key and what was expected
 */
export function createBroker(options: BrokerOptions = {}): Broker {
  const problems = problemsOf(options);
  if (problems.length > 0) throw new MqttError('invalid-configuration', problems.join('\n'));
  const { configFile, authenticate, methods, mayPublish, maySubscribe, note, ...config } = options;
  const { listeners, ...others } = config;
  const nowhere = listeners?.length === 0;
  const overrides: Override[] = [];
  for (const [key, value] of Object.entries(nowhere ? others : config)) {
    if (value !== undefined) overrides.push({ path: [key], value, source: SOURCE });
  }
  const settings = loadSettings({ file: configFile, overrides });
  const hooks: BrokerHooks = {
    ...(authenticate === undefined ? {} : { authenticate }),
    ...(methods === undefined ? {} : { methods }),
    ...(mayPublish === undefined ? {} : { mayPublish }),
    ...(maySubscribe === undefined ? {} : { maySubscribe }),
    ...(note === undefined ? {} : { note }),
  };
  const openStore = storeOpener(settings.store, note);
  return new Broker(nowhere ? { ...settings, listeners: [] } : settings, hooks, openStore);
}

function problemsOf(options: BrokerOptions): string[] {
  if (typeof options !== 'object' || options === null) {
    return [`${SOURCE}: the options must be an object`];
  }
  const known = [...Object.keys(configSchema.shape), ...Object.keys(OTHERS)];
  const problems: string[] = [];
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) {
      problems.push(`${SOURCE}: there is no option \`${key}\`, expected one of ${known.join(', ')}`);
      continue;
    }
    const other = Object.hasOwn(OTHERS, key) ? OTHERS[key as keyof typeof OTHERS] : undefined;
    if (other === undefined || value === undefined) continue;
    const [expected, isGood] = other;
    if (!isGood(value)) problems.push(`${SOURCE}: \`${key}\` must be ${expected}`);
  }
  return problems;
}
