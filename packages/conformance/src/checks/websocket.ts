// MQTT over WebSocket. [5:6.0] [3.1.1:6.0]

import { encodePacket } from '@anax/protocol';
import { must } from '../wire/broken.ts';
import { joined } from '../wire/bytes.ts';
import { PINGREQ, publish, subscribe } from '../wire/packets.ts';
import type { Check, Context, OverWebSocket } from './check.ts';

async function connected({ webSocket, connectPacket }: Context): Promise<OverWebSocket> {
  const over = await webSocket();
  over.peer.send(connectPacket());
  const { reasonCode } = await over.peer.expect('connack');
  must(reasonCode === 0, 'a CONNACK of success over WebSocket', `0x${reasonCode.toString(16)}`);
  return over;
}

export const WEBSOCKET: readonly Check[] = [
  {
    name: 'websocket/selects-mqtt',
    proves: '[5:MQTT-6.0.0-4] [3.1.1:MQTT-6.0.0-4]',
    sentence: 'the subprotocol that the broker selects in the handshake is mqtt',
    needs: ['webSocket'],
    async run({ webSocket }) {
      const { selected } = await webSocket();
      const seen = selected === undefined ? 'none' : JSON.stringify(selected);
      must(selected === 'mqtt', 'mqtt as the subprotocol selected', seen);
    },
  },
  {
    name: 'websocket/binary-frames',
    proves: '[5:MQTT-6.0.0-1] [3.1.1:MQTT-6.0.0-1]',
    sentence: 'packets come in binary frames, and a packet in a text frame closes the connection',
    needs: ['webSocket'],
    async run(context) {
      const { peer, sendText, textCame } = await connected(context);
      await peer.fence();
      must(!textCame(), 'binary frames only', 'a text frame');
      // All of its bytes are text, too, so that nothing but the kind of the frame is wrong.
      const packet = encodePacket(publish({ topic: context.topic(), payload: 'text' }), context.dialect);
      sendText(String.fromCharCode(...packet));
      await peer.expectClosed(undefined, 'the broker closes: a packet came in a text frame');
    },
  },
  {
    name: 'websocket/frames-are-no-packets',
    proves: '[5:MQTT-6.0.0-2] [3.1.1:MQTT-6.0.0-2]',
    sentence: 'several packets in one frame are taken, and one packet in many frames',
    needs: ['webSocket'],
    async run(context) {
      const { dialect, topic } = context;
      const { peer } = await connected(context);
      const ping = encodePacket(PINGREQ, dialect);
      const subscribing = encodePacket(subscribe(1, [topic()]), dialect);
      peer.send(joined(ping, subscribing, ping));
      await peer.expect('suback', { what: 'SUBACK for a SUBSCRIBE between two PINGREQs in one frame' });
      await peer.expect('pingresp');
      await peer.expect('pingresp', { what: 'PINGRESP for each of two PINGREQs in one frame' });
      for (const byte of encodePacket(subscribe(2, [topic()]), dialect)) peer.send(Uint8Array.of(byte));
      await peer.expect('suback', {
        what: 'SUBACK for a SUBSCRIBE whose every byte came in a frame of its own',
      });
    },
  },
];
