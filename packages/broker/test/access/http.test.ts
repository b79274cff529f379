/** Owns the link `http`: what is sent, what an answer means, and that a server that fails, waits or talks nonsense lets nobody in. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Credentials } from '../../src/access/access.ts';
import { Circuit } from '../../src/access/http/circuit.ts';
import { type HttpOptions, httpLink } from '../../src/access/http/link.ts';
import { filled } from '../../src/access/http/request.ts';
import { credentials, told } from './credentials.ts';

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answering = (response: ServerResponse, request: Request) => void;

const DEFAULTS: Omit<HttpOptions, 'url'> = {
  method: 'POST',
  format: 'json',
  headers: [],
  fields: { clientid: '${clientid}', username: '${username}', password: '${password}' },
  timeoutMs: 2000,
  requestsMax: 20,
  rememberMs: 0,
  rememberDeniedMs: 0,
  failuresMax: 1000,
  pauseMs: 1000,
};

async function world(answering: Answering, options: Partial<HttpOptions> = {}) {
  const requests: Request[] = [];
  const warned: string[] = [];
  const server = createServer((message, response) => {
    const parts: Buffer[] = [];
    message.on('data', (part: Buffer) => parts.push(part));
    message.on('end', () => {
      const { method = '', url = '', headers } = message;
      const request = { method, url, headers, body: Buffer.concat(parts).toString() };
      requests.push(request);
      answering(response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/auth?a=1`;
  const { authenticate } = httpLink({ ...DEFAULTS, url, ...options }, (text) => warned.push(text));
  if (authenticate === undefined) throw new Error('nobody is asked');
  const ask = async (
    name = 'alice',
    password: string | Uint8Array = 'secret',
    facts: Partial<Credentials> = {},
  ) => authenticate(credentials(name, password, facts));
  return { requests, warned, ask };
}

const says =
  (status: number, body: unknown = ''): Answering =>
  (response) => {
    response.writeHead(status, { location: '/elsewhere' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

describe('what is sent', () => {
  const NASTY = 'a"b\\c,"admin":"1\r\nX-Admin: 1\u0000&x=1${password}';

  it('is JSON whose values are as they came, whatever is in them', async () => {
    const { requests, ask } = await world(says(204), { headers: [{ name: 'x-key', value: 'k' }] });
    await ask(NASTY, 'päß"', { clientId: '","clientid":"other' });
    const [{ method, url, headers, body } = { method: '', url: '', headers: {}, body: '' }] = requests;
    expect([method, url, headers['x-key'], headers['content-type']]).toEqual([
      'POST',
      '/auth?a=1',
      'k',
      'application/json',
    ]);
    expect(headers['x-admin']).toBeUndefined();
    expect(JSON.parse(body)).toEqual({ clientid: '","clientid":"other', username: NASTY, password: 'päß"' });
  });

  it('is a form, or a query behind the one that there is', async () => {
    const form = await world(says(204), {
      format: 'form',
      fields: { u: '${username}', p: 'x${password}', __proto__: '1' },
    });
    await form.ask('a&b=c', 'd e');
    expect(form.requests[0]?.body).toBe('u=a%26b%3Dc&p=xd+e');
    const query = await world(says(204), {
      method: 'GET',
      fields: { u: '${username}', where: '${address} ${listener} ${protocol}' },
    });
    await query.ask('a&b=c#d/../');
    expect(query.requests[0]?.url).toBe('/auth?a=1&u=a%26b%3Dc%23d%2F..%2F&where=192.0.2.1+tcp+5.0');
  });

  it('leaves out what a client does not have, and has no text of a password that is none', async () => {
    expect(filled({ ...DEFAULTS.fields, at: 'x${commonName}' }, credentials())).toEqual([
      ['clientid', 'client'],
      ['at', 'x'],
    ]);
    const { ask: binary } = await world(says(204));
    expect(told(await binary('alice', Uint8Array.of(0xff)))).toBe('refused 0x86: the password is no text');
    const base64 = await world(says(204), { fields: { p: '${passwordBase64}' } });
    expect(told(await base64.ask('alice', Uint8Array.of(0xff)))).toBe('accepted alice');
    expect(base64.requests[0]?.body).toBe('{"p":"/w=="}');
  });

  it.each<[Partial<HttpOptions>, string]>([
    [
      { fields: { a: '${pasword}' } },
      '`authentication.fields.a`: there is no ${pasword}, only clientid, username',
    ],
    [{ fields: { a: '${constructor}' } }, 'there is no ${constructor}'],
    [{ headers: [{ name: 'x', value: { env: 'ANAX_NOT_THERE' } }] }, 'there is no variable ANAX_NOT_THERE'],
    [{ headers: [{ name: 'x y', value: 'z' }] }, 'is no header, or its value cannot be one'],
    [{ headers: [{ name: 'x', value: 'z\r\ny: 1' }] }, 'is no header, or its value cannot be one'],
  ])('is known before anybody asks: %j', (options, sentence) => {
    expect(() => httpLink({ ...DEFAULTS, url: 'http://127.0.0.1:1/', ...options }, () => undefined)).toThrow(
      sentence,
    );
  });

  it('in clear text to another machine is warned about', () => {
    const warned: string[] = [];
    httpLink({ ...DEFAULTS, url: 'http://auth.example/' }, (text) => warned.push(text));
    httpLink({ ...DEFAULTS, url: 'https://auth.example/' }, (text) => warned.push(text));
    expect(warned).toEqual(['the link http sends passwords to auth.example in clear text: use https']);
  });
});

describe('an answer', () => {
  it.each<[number, unknown, string]>([
    [204, '', 'accepted alice'],
    [200, { result: 'allow' }, 'accepted alice'],
    [200, { result: 'allow', userName: 'bob' }, 'accepted bob'],
    [200, { result: 'deny' }, 'refused 0x86: it answered deny'],
    [200, { result: 'ignore' }, 'passed: it answered ignore'],
    [401, '', 'refused 0x86: it answered 401'],
    [403, { result: 'allow' }, 'refused 0x86: it answered 403'],
    [200, '', 'refused 0x88: it answered 200 with no JSON object'],
    [200, 'allow', 'refused 0x88: it answered 200 with no JSON object'],
    [200, '[{"result":"allow"}]', 'refused 0x88: it answered 200 with no JSON object'],
    [200, {}, 'refused 0x88: its `result` is none of allow, deny, ignore'],
    [200, { result: true }, 'refused 0x88: its `result` is none of allow, deny, ignore'],
    [200, '{"__proto__":{"result":"allow"}}', 'refused 0x88: its `result` is none of allow, deny, ignore'],
    [200, { result: 'allow', userName: 7 }, 'refused 0x88: its `userName` is no user name'],
    [200, { result: 'allow', userName: '' }, 'refused 0x88: its `userName` is no user name'],
    [
      200,
      { result: 'allow', expiresAt: 'never' },
      'refused 0x88: its `expiresAt` is no number of seconds since 1970',
    ],
    [200, { result: 'allow', permissions: 'all' }, 'refused 0x88: its `permissions` are no rules'],
    [
      200,
      `{"result":"allow","x":"${'x'.repeat(70_000)}"}`,
      'refused 0x88: its answer has more than 65536 bytes',
    ],
    [201, { result: 'allow' }, 'refused 0x88: it answered 201'],
    [302, { result: 'allow' }, 'refused 0x88: it answered 302'],
    [404, { result: 'allow' }, 'refused 0x88: it answered 404'],
    [500, { result: 'allow' }, 'refused 0x88: it answered 500'],
  ])('%i %j', async (status, body, outcome) => {
    const { ask, requests } = await world(says(status, body));
    expect(told(await ask())).toBe(outcome);
    expect(requests.length).toBe(1);
  });

  it('brings rules and an end', async () => {
    const permissions = [{ allow: 'publish', topics: ['a'] }];
    const { ask } = await world(says(200, { result: 'allow', permissions, expiresAt: 4_000_000_000 }));
    const rules = [{ effect: 'allow', topics: ['a'] }];
    expect(await ask()).toMatchObject({ accepted: { expiresAt: 4_000_000_000_000, rules } });
  });

  it('that does not come in time, is cut, or never begins is no yes', async () => {
    const late = await world(() => undefined, { timeoutMs: 30 });
    expect(told(await late.ask())).toBe('refused 0x88: it did not answer within 30 ms');
    const slow = await world((response) => response.write('{"result":'), { timeoutMs: 200 });
    expect(told(await slow.ask())).toBe('refused 0x88: it did not answer within 200 ms');
    const cut = await world((response) => response.destroy());
    expect(told(await cut.ask())).toMatch(/^refused 0x88: it cannot be reached/);
    const { ask } = await world(says(204), { url: 'http://127.0.0.1:1/' });
    expect(told(await ask())).toMatch(/^refused 0x88: it cannot be reached/);
  });
});

describe('answers that were given', () => {
  it('hold for a while, for the same question', async () => {
    const { ask, requests } = await world(says(204), { rememberMs: 60_000 });
    for (let i = 0; i < 3; i++) expect(told(await ask())).toBe('accepted alice');
    expect(requests.length).toBe(1);
    await ask('alice', 'secret2');
    await ask('bob');
    await ask('alice', 'secret', { clientId: 'other' });
    expect(requests.length).toBe(4);
  });

  it('of yes and no have each their time', async () => {
    const no = await world(says(403), { rememberMs: 60_000 });
    await no.ask();
    await no.ask();
    expect(no.requests.length).toBe(2);
    const kept = await world(says(403), { rememberDeniedMs: 60_000 });
    await kept.ask();
    expect(told(await kept.ask())).toBe('refused 0x86: it answered 403');
    expect(kept.requests.length).toBe(1);
  });

  it('end with the login that they stand for, and those that failed are not kept', async () => {
    const ended = await world(says(200, { result: 'allow', expiresAt: 1000 }), { rememberMs: 60_000 });
    await ended.ask();
    await ended.ask();
    expect(ended.requests.length).toBe(2);
    const failed = await world(says(500), { rememberMs: 60_000, rememberDeniedMs: 60_000 });
    await failed.ask();
    await failed.ask();
    expect(failed.requests.length).toBe(2);
  });
});

describe('a server', () => {
  it('is asked by so many at once', async () => {
    let open = 0;
    let most = 0;
    const { ask } = await world(
      (response) => {
        open += 1;
        most = Math.max(most, open);
        setImmediate(() => {
          open -= 1;
          response.writeHead(204).end();
        });
      },
      { requestsMax: 2 },
    );
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(`u${i}`)));
    expect(answers.every((answer) => 'accepted' in answer)).toBe(true);
    expect(most).toBe(2);
  });

  it('that fails again and again is left alone, and said so once', async () => {
    const { ask, requests, warned } = await world(says(500), { failuresMax: 3, pauseMs: 60_000 });
    for (let i = 0; i < 6; i++) await ask();
    expect(told(await ask())).toBe('refused 0x88: it has failed too often and is left alone for a while');
    expect(requests.length).toBe(3);
    expect(warned).toEqual(['the link http failed 3 times and is left alone for 60000 ms: it answered 500']);
  });
});

describe('a circuit', () => {
  function circuit() {
    const clock = { now: 0 };
    return { clock, one: new Circuit({ failuresMax: 2, pauseMs: 100 }, () => clock.now) };
  }

  it('opens behind failures in a row, is tried by one, and closes when that goes well', () => {
    const { clock, one } = circuit();
    expect([one.failed(), one.failed()]).toEqual([false, true]);
    expect(one.mayTry()).toBe(false);
    clock.now = 100;
    expect([one.mayTry(), one.mayTry()]).toEqual([true, false]);
    one.succeeded();
    expect([one.mayTry(), one.mayTry()]).toEqual([true, true]);
  });

  it('stays open for as long again where the one fails', () => {
    const { clock, one } = circuit();
    one.failed();
    one.failed();
    clock.now = 100;
    one.mayTry();
    expect(one.failed()).toBe(false);
    clock.now = 199;
    expect(one.mayTry()).toBe(false);
    clock.now = 200;
    expect(one.mayTry()).toBe(true);
  });

  it('does not open where successes are between', () => {
    const { one } = circuit();
    one.failed();
    one.succeeded();
    one.failed();
    expect(one.mayTry()).toBe(true);
  });
});
