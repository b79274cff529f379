// Around the tests of the benchmark: its report, a client that looks on, and a server that answers as it is told to.

import type { Socket } from 'node:net';
import { connect, type Message } from '@anax/client';
import { Decoder, encodePacket, MQTT_5_0, type Packet } from '@anax/protocol';
import { onTestFinished } from 'vitest';
import type { Report } from '../../src/bench/report.ts';
import { connack, type Outcome, server } from '../support.ts';

export function reportOf({ out }: Outcome): Report {
  return JSON.parse(out) as Report;
}

export async function clientOf([, host, , port]: readonly string[]): Promise<
  Awaited<ReturnType<typeof connect>>
> {
  const client = await connect(`mqtt://${host}:${port}`);
  onTestFinished(async () => void (await client.close()));
  return client;
}

export interface Got {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** All that comes to this filter. */
export async function gathered(address: readonly string[], filter = '#'): Promise<readonly Got[]> {
  const client = await clientOf(address);
  const got: Got[] = [];
  const keep = ({ topic, payload, qos, retain }: Message): void =>
    void got.push({ topic, payload: payload.slice(), qos, retain });
  await client.subscribe(filter, { onMessage: keep, qos: 2, retainAsPublished: true }).granted;
  return got;
}

export type Answer = (packet: Packet, socket: Socket) => Packet | undefined;

/** A server that says yes to CONNECT and SUBSCRIBE, and to the rest what it is told to. */
export function answeringServer(answer: Answer): Promise<readonly string[]> {
  return server((socket) => {
    const decoder = new Decoder({ sender: 'client', maximumPacketSize: 1_000_000 });
    const yes: Answer = (packet) => {
      if (packet.type === 'connect') return connack();
      if (packet.type !== 'subscribe') return undefined;
      return {
        type: 'suback',
        packetId: packet.packetId,
        reasonCodes: [packet.subscriptions[0]?.qos ?? 0],
        properties: {},
      };
    };
    socket.on('data', (chunk: Uint8Array) => {
      decoder.push(chunk);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
        if (packet.type === 'fault') throw new Error(packet.message);
        const answered = answer(packet, socket) ?? yes(packet, socket);
        if (answered !== undefined) socket.write(encodePacket(answered, MQTT_5_0));
      }
    });
    socket.on('end', () => socket.end());
  });
}

export const JSON_QUIET = ['--json', '--quiet'];
