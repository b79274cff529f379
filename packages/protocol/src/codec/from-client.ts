// What a client sends, and how it is read.

import { readConnect, readDialect } from './connect.ts';
import { readAuth, readDisconnect } from './disconnect.ts';
import type { PingreqPacket } from './packets.ts';
import { readPublishAck } from './publish-ack.ts';
import type { Sender } from './stream-decoder.ts';
import { readSubscribe, readUnsubscribe } from './subscribe.ts';

const PINGREQ: PingreqPacket = { type: 'pingreq' };

export const FROM_CLIENT: Sender = {
  side: 'client',
  connect: { dialect: readDialect, rest: readConnect },
  read: (type, reader, dialect) => {
    switch (type) {
      case 4:
        return readPublishAck(reader, 'puback', dialect, 'client');
      case 5:
        return readPublishAck(reader, 'pubrec', dialect, 'client');
      case 6:
        return readPublishAck(reader, 'pubrel', dialect, 'client');
      case 7:
        return readPublishAck(reader, 'pubcomp', dialect, 'client');
      case 8:
        return readSubscribe(reader, dialect);
      case 10:
        return readUnsubscribe(reader, dialect);
      case 12:
        reader.finish('PINGREQ', '[5:3.12] [3.1.1:3.12]');
        return PINGREQ;
      case 14:
        return readDisconnect(reader, dialect, 'client');
      default:
        return readAuth(reader, 'client');
    }
  },
};
