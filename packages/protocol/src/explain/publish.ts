// PUBLISH and its acknowledgements, field by field. [5:3.3] [3.1.1:3.3]

import { topicNameProblem } from '../topic/index.ts';
import { walkPacketId, walkReasonCode } from './header.ts';
import { tellAbsentProperties, walkProperties } from './properties.ts';
import { counted, printableText } from './shown.ts';
import type { Walker } from './walker.ts';

export function walkPublish(walker: Walker, flags: number): void {
  const { dialect } = walker;
  walker.open('Variable Header', '[5:3.3.2] [3.1.1:3.3.2]');
  walker.text('Topic Name', '[5:3.3.2.1] [3.1.1:3.3.2.1]', (topic) => {
    if (topic === '' && dialect.properties) return 'empty: the Topic Alias stands for it';
    return topicNameProblem(topic)?.message ?? '';
  });
  if ((flags & 6) !== 0) walkPacketId(walker);
  else walker.absent('Packet Identifier', '[5:2.2.1] [3.1.1:2.3.1]', 'QoS 0 has none');
  if (dialect.properties) walkProperties(walker, 'publish');
  walker.close();
  walker.open('Payload', '[5:3.3.3] [3.1.1:3.3.3]');
  const retained = (flags & 1) !== 0;
  walker.rest('Application Message', '[5:3.3.3] [3.1.1:3.3.3]', (payload) => {
    if (payload.length === 0) return retained ? 'empty: removes the retained message of this topic' : 'empty';
    const kind = printableText(payload) === undefined ? 'binary' : 'text';
    return `${counted(payload.length, 'byte')}, ${kind}`;
  });
  walker.close();
}

/** The sections of the four acknowledgements. */
const SECTIONS = { puback: '3.4', pubrec: '3.5', pubrel: '3.6', pubcomp: '3.7' } as const;

export function walkPublishAck(walker: Walker, type: keyof typeof SECTIONS): void {
  const section = SECTIONS[type];
  walker.open('Variable Header', `[5:${section}.2] [3.1.1:${section}.2]`);
  walkPacketId(walker);
  if (walker.dialect.reasonCodes) {
    const clause = `[5:${section}.2.1]`;
    if (walker.left > 0) walkReasonCode(walker, 'Reason Code', type, clause);
    else walker.absent('Reason Code', clause, '0x00: Success');
    if (walker.left > 0) walkProperties(walker, type);
    else tellAbsentProperties(walker, type);
  }
  walker.close();
}
