// What somebody says who took this port for another service: recognised for the log, never answered.

const WORDS: readonly (readonly [start: readonly number[], meaning: string])[] = [
  [[0x16, 0x03], 'a TLS greeting on a plain MQTT port'],
  [ascii('GET '), 'an HTTP request on an MQTT port'],
  [ascii('POST '), 'an HTTP request on an MQTT port'],
  [ascii('HEAD '), 'an HTTP request on an MQTT port'],
  [ascii('PUT '), 'an HTTP request on an MQTT port'],
  [ascii('OPTIONS '), 'an HTTP request on an MQTT port'],
  [ascii('SSH-'), 'an SSH greeting on an MQTT port'],
  [ascii('PROXY '), 'a PROXY protocol header on a port that expects none'],
];

function ascii(text: string): readonly number[] {
  return [...text].map((letter) => letter.charCodeAt(0));
}

/** What these first bytes are, where they are no CONNECT but something known. */
export function foreignGreeting(bytes: Uint8Array): string | undefined {
  return WORDS.find(([start]) => start.every((byte, i) => bytes[i] === byte))?.[1];
}
