/** Owns `anax rr`: what a request prints, what a responder answers, and what both exit with. */

import { describe, expect, it } from 'vitest';
import { pubCommand } from '../src/pub.ts';
import { rrCommand } from '../src/rr.ts';
import { subCommand } from '../src/sub.ts';
import { broker, type Outcome, type Running, run, start, text, type World } from './support.ts';

/** A responder that is subscribed. */
async function responding(address: readonly string[], ...args: readonly string[]): Promise<Running> {
  const responder = start(rrCommand, ['respond', ...address, '-t', 'ask/#', '-v', '--explain', ...args]);
  await responder.shows('SUBACK packet id');
  return responder;
}

const asking = (address: readonly string[], args: readonly string[], world: World = {}): Promise<Outcome> =>
  run(rrCommand, ['request', ...address, ...args], world);

async function ended(responder: Running): Promise<Outcome> {
  responder.stop();
  return responder.outcome;
}

describe('a request', () => {
  it('prints the response [5:4.10.1]', async () => {
    const address = await broker();
    const responder = await responding(address, '--echo');
    const { code, out, error } = await asking(address, ['-t', 'ask/1', '-m', 'hello']);
    expect([code, out, error]).toEqual([0, 'hello\n', '']);
    const { out: told, error: summary, code: end } = await ended(responder);
    expect([end, told]).toEqual([0, expect.stringMatching(/^ask\/1 to .+: 5 bytes, \d+ ms\n$/)]);
    expect(summary).toContain('anax rr respond: 1 request answered\n');
  });

  it.each<[string, readonly string[], World, string]>([
    ['in the format of the request', ['--format', 'hex', '-m', '00 ff'], {}, '00ff\n'],
    [
      'in its own format',
      ['--format', 'cbor', '-m', '{"a":1}', '--response-format', 'hex'],
      {},
      'a1616101\n',
    ],
    ['as text on a terminal', ['-m', 'x\u0007'], { terminal: true }, 'x\\u{7}\n'],
    ['of a file', ['-f', 'f'], { files: { f: Uint8Array.of(0, 255) } }, '\u0000\ufffd\n'],
    ['of standard input', ['-s'], { standardInput: [text('a'), text('b')] }, 'ab\n'],
    ['of nothing', ['-n'], {}, '\n'],
    ['with its topic', ['-m', 'x', '-v', '--response-topic', 'mine'], {}, 'mine x\n'],
  ])('is shown %s', async (_how, args, world, expected) => {
    const address = await broker();
    const responder = await responding(address, '--echo');
    const { code, out } = await asking(address, ['-t', 'ask', ...args], world);
    expect([code, out]).toEqual([0, expected]);
    await ended(responder);
  });

  it('as a line of JSON carries the Correlation Data of the request [5:MQTT-3.3.2-15]', async () => {
    const address = await broker();
    const watching = start(subCommand, [...address, '-t', 'ask', '--json', '-C', '1', '--explain']);
    await watching.shows('SUBACK packet id');
    const responder = await responding(address, '--echo', '--content-type', 'c', '--user-properties', 'a=1');
    const { out } = await asking(address, ['-t', 'ask', '-m', 'x', '--json', '--user-properties', 'b=2']);
    const response = JSON.parse(out);
    const request = JSON.parse((await watching.outcome).out);
    expect(response.properties).toMatchObject({ contentType: 'c', userProperties: [['a', '1']] });
    expect(request.properties.userProperties).toEqual([['b', '2']]);
    expect(response.properties.correlationData).toBe(request.properties.correlationData);
    expect(request.properties.responseTopic).toBe(response.topic);
    await ended(responder);
  });

  it('has exit code 1 where no response comes in time', async () => {
    const address = await broker();
    const silent = start(subCommand, [...address, '-t', 'ask', '--explain']);
    await silent.shows('SUBACK packet id');
    const { code, out, error } = await asking(address, ['-t', 'ask', '-m', 'x', '--timeout', '0.2']);
    expect([code, out, error]).toEqual([1, '', 'anax rr request: no response came within 200 ms\n']);
    await ended(silent);
  });

  it('has exit code 1 where nobody is subscribed, at once', async () => {
    const { code, error } = await asking(await broker(), ['-t', 'ask', '-m', 'x', '-q', '1']);
    expect([code, error]).toEqual([1, 'anax rr request: nobody is subscribed to ask\n']);
  });

  it('has exit code 1 where the response is not in the format that was asked for', async () => {
    const address = await broker();
    const responder = await responding(address, '-m', 'no JSON');
    const { code, out, error } = await asking(address, ['-t', 'ask', '-m', '1', '--format', 'json']);
    expect([code, out, error]).toEqual([1, '', expect.stringContaining('the payload is not JSON')]);
    await ended(responder);
  });

  it('ends with Ctrl-C, exit code 1', async () => {
    const address = await broker();
    const silent = start(subCommand, [...address, '-t', 'ask', '--explain']);
    await silent.shows('SUBACK packet id');
    const running = start(rrCommand, ['request', ...address, '-t', 'ask', '-m', 'x', '--explain']);
    await running.shows('PUBACK');
    const { code, error } = await ended(running);
    expect([code, error]).toEqual([1, expect.stringContaining('stopped before a response came')]);
    await ended(silent);
  });
});

describe('a responder', () => {
  it('answers with what a command writes, which has the request and its topic', async () => {
    const address = await broker();
    const responder = await responding(
      address,
      '--exec',
      'printf "$MQTT_TOPIC $MQTT_CONTENT_TYPE "; tr a-z A-Z',
    );
    const { out } = await asking(address, ['-t', 'ask/$(x)', '-m', 'loud', '--content-type', '`y`']);
    expect(out).toBe('ask/$(x) `y` LOUD\n');
    await ended(responder);
  });

  it.each<[string, readonly string[], string]>([
    ['its exit code is not 0', ['--exec', "echo out; echo 'bad\u001b' >&2; exit 3"], 'exit code 3'],
    [
      'it takes too long',
      ['--exec', 'sleep 30; echo x', '--exec-timeout', '0.2'],
      'it took longer than 0.2 s',
    ],
    ['it writes too much', ['--exec', 'yes'], 'it wrote more than 16777216 bytes'],
  ])('answers nothing where %s, and tells it', async (_how, args, message) => {
    const address = await broker();
    const responder = await responding(address, ...args);
    const request = asking(address, ['-t', 'ask', '-m', 'x', '--timeout', '5']);
    await responder.shows(`anax rr respond: ask: no response: ${message}`);
    const { error, code } = await ended(responder);
    expect([code, error]).toEqual([0, expect.stringContaining('0 requests answered, 1 not')]);
    if (message === 'exit code 3') expect(error).toContain('anax rr respond: bad\\u{1b}\n');
    expect((await request).code).toBe(1);
  });

  it('answers several at once, and further ones later', async () => {
    const address = await broker();
    const responder = await responding(address, '--exec', 'sleep 0.3; cat', '--at-once', '2');
    const all = await Promise.all(['a', 'b', 'c'].map((m) => asking(address, ['-t', 'ask', '-m', m])));
    expect(all.map(({ out }) => out)).toEqual(['a\n', 'b\n', 'c\n']);
    expect((await ended(responder)).error).toContain('3 requests answered\n');
  });

  it('lets what runs end when it is stopped', async () => {
    const address = await broker();
    const responder = await responding(address, '--exec', 'echo begun >&2; sleep 0.5; cat');
    const request = asking(address, ['-t', 'ask', '-m', 'late']);
    await responder.shows('begun');
    expect((await ended(responder)).error).toContain('1 request answered\n');
    expect(await request).toMatchObject({ code: 0, out: 'late\n' });
  });

  it('ends after --count, with the last response sent', async () => {
    const address = await broker();
    const responder = await responding(address, '-m', 'pong', '--count', '1');
    expect((await asking(address, ['-t', 'ask', '-m', 'ping'])).out).toBe('pong\n');
    expect((await responder.outcome).code).toBe(0);
  });

  it('tells where a message has no Response Topic', async () => {
    const address = await broker();
    const responder = await responding(address, '--echo');
    await run(pubCommand, [...address, '-t', 'ask', '-m', 'x']);
    await responder.shows('ask to nobody: no Response Topic');
    await ended(responder);
  });
});

describe('a wrong call has exit code 2 and says what is wrong', () => {
  it.each<[string, string, string]>([
    ['a request without a topic', 'request -m x', 'give --topic'],
    ['a request that says nothing', 'request -t t', 'give one of --message, --file'],
    ['a request in 3.1.1', 'request -t t -m x -V 3.1.1', 'request and response need MQTT 5'],
    ['a request that is no JSON', 'request -t t -m { --format json', '--message is not JSON'],
    ['a file that is not there', 'request -t t -f x', 'cannot read x: no such file'],
    ['JSON byte for byte', 'request -t t -n --json --response-format raw', '--json has no --format raw'],
    ['a response to nothing', 'respond --echo', 'give --topic'],
    ['a response that is none', 'respond -t t', 'give one of --exec, --echo and --message'],
    ['two responses', 'respond -t t --echo -m x', 'give one of --exec, --echo and --message'],
    ['a response that is no hex', 'respond -t t -m 0 --format hex', '--message is not hex'],
    ['a response in 3.1', 'respond -t t --echo -V 3.1', 'request and response need MQTT 5'],
  ])('%s', async (_what, args, message) => {
    const { code, out, error } = await run(rrCommand, args.split(' '));
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
  });
});
