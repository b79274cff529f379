// Whether what a message is about, and what it says it holds, is taken here: for PUBLISH and for wills.

import { levelCount, type MessageProperties, Reason, type ReasonCode, type TopicName } from '@anax/protocol';
import type { Limits } from '../hub/limits.ts';

export interface ContentProblem {
  readonly reasonCode: ReasonCode;
  readonly text: string;
  readonly clause: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function contentProblem(
  topic: TopicName,
  payload: Uint8Array,
  { payloadFormatIndicator }: MessageProperties,
  { topicLevelsMax, payloadFormatChecked }: Limits,
): ContentProblem | undefined {
  // As many levels need at least as many characters, less one: a short topic is not looked through.
  if (topic.length >= topicLevelsMax && levelCount(topic) > topicLevelsMax) {
    const text = `the topic name has more than ${topicLevelsMax} levels`;
    return { reasonCode: Reason.topicNameInvalid, text, clause: '[5:3.3.2.1]' };
  }
  if (payloadFormatChecked && payloadFormatIndicator === 1 && !isUtf8(payload)) {
    const text = 'the payload is not UTF-8, though Payload Format Indicator says so';
    return { reasonCode: Reason.payloadFormatInvalid, text, clause: '[5:3.3.2.3.2]' };
  }
  return undefined;
}

/** Any UTF-8, U+0000 too: a payload is no MQTT string. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    utf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
