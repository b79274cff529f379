// Where the broker listens: the key `listeners`.

import { z } from 'zod';
import type { ListenerOptions } from '../../listeners/open.ts';
import { text, whole } from './values.ts';

/** Registered with IANA; for WebSocket none is, this is what EMQX and MQTTX take. */
const TCP_PORT = 1883;
const WEBSOCKET_PORT = 8083;

const URL_PATH = 'a path of a URL that begins with /';
const listener = z
  .strictObject({
    protocol: z
      .enum(['tcp', 'ws'], 'one of tcp, ws')
      .default('tcp')
      .describe('`tcp`, or `ws` for MQTT over WebSocket'),
    host: text.default('127.0.0.1').describe('the address to listen on'),
    port: whole(0, 65_535).optional().describe('0 lets the system choose, and the broker prints it'),
    path: z
      .string(URL_PATH)
      .regex(/^\/[^?#\s]*$/, URL_PATH)
      .optional()
      .describe('`ws` only: the path of the URL; another one gets 404'),
    origins: z
      .array(text)
      .optional()
      .describe(
        '`ws` only: pages that may connect, as browsers write them in Origin: `https://app.example`, or `*` for all',
      ),
  })
  .superRefine((one, context) => {
    if (one.protocol === 'ws') return;
    for (const key of ['path', 'origins'] as const) {
      if (one[key] === undefined) continue;
      context.addIssue({ code: 'custom', path: [key], message: 'left out where `protocol` is not ws' });
    }
  });

export const listenerKeys = {
  listeners: z.array(listener).min(1, 'at least one listener').prefault([{}]).describe('a list of listeners'),
};

export function listenerOf({
  protocol,
  host,
  port,
  path,
  origins,
}: z.output<typeof listener>): ListenerOptions {
  if (protocol === 'tcp') return { protocol, host, port: port ?? TCP_PORT };
  return { protocol, host, port: port ?? WEBSOCKET_PORT, path: path ?? '/mqtt', origins: origins ?? [] };
}
