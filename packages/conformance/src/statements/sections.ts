// MQTT 3.1 numbers no statements: what is checked of it is told by the section that says so.

export const SECTIONS_3_1: Readonly<Record<string, string>> = {
  '2.1': 'Fixed header: types, flags, DUP, QoS, RETAIN and Remaining Length are used as the tables say.',
  '2.4': 'Message identifiers are 1 to 65535 and unique among what is in flight in one direction.',
  '2.5': 'Strings are UTF-8 with a two-byte length.',
  '3.1':
    'CONNECT: name MQIsdp and level 3, client identifiers of 1 to 23 characters, clean session, will, credentials.',
  '3.2': 'CONNACK answers CONNECT with a return code; nothing else comes first.',
  '3.3':
    'PUBLISH is passed on to those who subscribed, answered by its QoS, and retained where RETAIN is set.',
  '3.4': 'PUBACK answers PUBLISH at QoS 1 with its message identifier.',
  '3.5': 'PUBREC answers PUBLISH at QoS 2 with its message identifier.',
  '3.6': 'PUBREL answers PUBREC with its message identifier.',
  '3.7': 'PUBCOMP answers PUBREL with its message identifier.',
  '3.8': 'SUBSCRIBE is taken filter by filter; retained messages come to a new subscription.',
  '3.9': 'SUBACK answers SUBSCRIBE with a granted QoS for each filter, in order.',
  '3.10': 'UNSUBSCRIBE ends subscriptions by their filters.',
  '3.11': 'UNSUBACK answers UNSUBSCRIBE with its message identifier.',
  '3.12': 'PINGREQ is answered.',
  '3.13': 'PINGRESP answers PINGREQ.',
  '3.14': 'DISCONNECT ends a connection in order: the will is not published.',
  '4.1': 'QoS levels: at most once, at least once, exactly once.',
  '4.2': 'Delivery is tried again when a client that kept its session comes back.',
  '4.3': 'Messages of one publisher to one topic arrive in order.',
  A: 'Topic wildcards match as the appendix says.',
};
