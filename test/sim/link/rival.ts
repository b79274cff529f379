// Somebody else with the client identifier of an application, who takes its session over, hears what the server sends,
// answers nothing and goes again. With Clean Start the session is lost.

import { type ConnectPacket, type Dialect, encode, GrowingOutput, NO_PROPERTIES } from '@anax/protocol';
import { Link } from './link.ts';
import type { Net } from './net.ts';

export class Rival {
  constructor(net: Net, clientId: string, dialect: Dialect) {
    const { chance, clock } = net;
    // A session that it leaves behind as new would be taken for the old one.
    const cleanStart = chance.below(4) === 0;
    const connect: ConnectPacket = {
      type: 'connect',
      dialect,
      cleanStart,
      keepAlive: 1,
      clientId,
      userName: undefined,
      password: undefined,
      will: undefined,
      properties: dialect.properties && !cleanStart ? { sessionExpiryInterval: 3600 } : NO_PROPERTIES,
    };
    const out = new GrowingOutput();
    encode(connect, dialect, out);
    const link = new Link(
      net,
      { kind: 'answers', afterMs: 0 },
      {
        opened: () => link.write(out.written().slice()),
        received: () => {},
        drained: () => {},
        ended: () => {},
      },
      undefined,
    );
    clock.after(chance.below(400), () => link.destroy());
  }
}
