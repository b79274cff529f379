// What a server sends, and how it is read.

import { readConnack } from './connack.ts';
import { readAuth, readDisconnect } from './disconnect.ts';
import type { PingrespPacket } from './packets.ts';
import { readPublishAck } from './publish-ack.ts';
import type { Sender } from './stream-decoder.ts';
import { readSuback, readUnsuback } from './suback.ts';

const PINGRESP: PingrespPacket = { type: 'pingresp' };

export const FROM_SERVER: Sender = {
  side: 'server',
  connect: undefined,
  read: (type, reader, dialect) => {
    switch (type) {
      case 2:
        return readConnack(reader, dialect);
      case 4:
        return readPublishAck(reader, 'puback', dialect, 'server');
      case 5:
        return readPublishAck(reader, 'pubrec', dialect, 'server');
      case 6:
        return readPublishAck(reader, 'pubrel', dialect, 'server');
      case 7:
        return readPublishAck(reader, 'pubcomp', dialect, 'server');
      case 9:
        return readSuback(reader, dialect);
      case 11:
        return readUnsuback(reader, dialect);
      case 13:
        reader.finish('PINGRESP', '[5:3.13] [3.1.1:3.13]');
        return PINGRESP;
      case 14:
        return readDisconnect(reader, dialect, 'server');
      default:
        return readAuth(reader, 'server');
    }
  },
};
