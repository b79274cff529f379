/** Owns which lines `anax replay` takes, and which calls of it and of `anax record` are wrong. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordCommand } from '../src/record.ts';
import { replayCommand } from '../src/replay.ts';
import { folder, message, recordingOf } from './recordings.ts';
import { run } from './support.ts';

describe('a file with a line that is wrong is named, nothing is published, exit code 2', () => {
  it.each<[string, string | object, string]>([
    ['half a line', '{"offsetMs":1,"top', 'expected JSON in UTF-8'],
    ['an empty line', '', 'expected JSON in UTF-8'],
    ['no object', '[1]', 'expected an object'],
    ['a field that is none', message(1, 'a', { name: 1 }), 'there is no `name`'],
    ['no time', { ...message(1, 'a'), offsetMs: '1' }, '`offsetMs` must be a number of milliseconds'],
    ['a time before the begin', message(-1, 'a'), '`offsetMs` must be a number of milliseconds, 0 or more'],
    ['a time before the last one', message(0.5, 'a'), '`offsetMs` must be at least that of the line before'],
    ['QoS 3', message(1, 'a', { qos: 3 }), '`qos` must be 0, 1 or 2'],
    ['no retain', message(1, 'a', { retain: 0 }), '`retain` must be true or false'],
    ['a wildcard [5:MQTT-3.3.2-2]', message(1, 'a/#'), '`topic` "a/#" holds a wildcard'],
    ['no topic', message(1, 'a', { topic: undefined }), '`topic` must be text'],
    ['two payloads', message(1, 'a', { payloadBase64: '' }), 'expected one of `payload` and `payloadBase64`'],
    ['no payload', message(1, 'a', { payload: undefined }), '`payload` must be text'],
    [
      'a lone surrogate',
      `{"offsetMs":1,"topic":"a","qos":0,"retain":false,"payload":"\\ud800"}`,
      '`payload` ',
    ],
    [
      'no base64',
      message(1, 'a', { payload: undefined, payloadBase64: 'AP8' }),
      '`payloadBase64` must be base64',
    ],
    ['a list of properties', message(1, 'a', { properties: [] }), '`properties` must be an object'],
    ['an alias', message(1, 'a', { properties: { topicAlias: 1 } }), 'there is no `properties.topicAlias`'],
    [
      'a number as text',
      message(1, 'a', { properties: { contentType: 1 } }),
      '`properties.contentType` must be text',
    ],
    [
      'half a pair',
      message(1, 'a', { properties: { userProperties: [['a']] } }),
      '`properties.userProperties` must be a list of [name, value]',
    ],
    [
      'too large a number',
      message(1, 'a', { properties: { messageExpiryInterval: 2 ** 32 } }),
      '`properties`: ',
    ],
    ['a wildcard in a property', message(1, 'a', { properties: { responseTopic: '+' } }), '`properties`: '],
  ])('%s', async (_what, line, expected) => {
    const path = await recordingOf(message(1, 'a'), line);
    const { code, error } = await run(replayCommand, [path]);
    expect(code).toBe(2);
    expect(error).toContain(`anax replay: ${path}:3: ${expected}`);
  });

  it.each<[string, string, string]>([
    ['nothing', '', ':1: expected the header'],
    ['another format', '{"format":"x","version":1}', ':1: `format` must be "anax-recording"'],
    ['another version', '{"format":"anax-recording","version":2}', ':1: `version` must be 1'],
    ['no header', JSON.stringify(message(0, 'a')), ':1: there is no `offsetMs`'],
  ])('%s', async (_what, content, expected) => {
    const path = join(await folder(), 'r.ndjson');
    await writeFile(path, content);
    const { code, error } = await run(replayCommand, [path]);
    expect(code).toBe(2);
    expect(error).toContain(expected);
  });
});

describe('a wrong call has exit code 2 and says what is wrong', () => {
  it.each<[string, typeof recordCommand, string, string]>([
    ['no topic', recordCommand, '-o x', 'give --topic'],
    ['no filter', recordCommand, '-t a#', '--topic "a#"'],
    ['no time', recordCommand, '-t a --for 5d', 'It is a time above 0 like 90s, 5m or 2h'],
    ['a file in no folder', recordCommand, '-t a -o /no/such/folder/x', 'cannot be written'],
    ['no file', replayCommand, '/no/such/file', '/no/such/file cannot be read'],
    ['no speed', replayCommand, 'x --speed 0', 'It is a number above 0, or max.'],
    ['no loop', replayCommand, 'x --loop 0', 'It is a whole number from 1'],
    [
      'a prefix with a wildcard',
      replayCommand,
      'x --topic-prefix a/+/',
      '--topic-prefix "a/+/" holds a wildcard',
    ],
  ])('%s', async (_what, verb, args, expected) => {
    const { code, error } = await run(verb, args.split(' '));
    expect(code).toBe(2);
    expect(error).toContain(expected);
  });
});
