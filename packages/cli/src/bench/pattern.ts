// Names that differ from client to client: what stands for the client in a topic, a filter, a client identifier or a user
// name. Owns the signs.

/** `%i` the client's number from 0, `%t` that number modulo the number of topics, `%c` its client identifier, `%%` a %. */
export interface Place {
  readonly index: number;
  readonly topics: number;
  readonly clientId: string;
}

const SIGNS = 'itc%';

/** The sign that stands for nothing, or undefined. */
export function unknownSign(pattern: string): string | undefined {
  for (const [sign, letter = ''] of pattern.matchAll(/%(.?)/gsu)) {
    if (letter === '' || !SIGNS.includes(letter)) return sign;
  }
  return undefined;
}

/** Whether it is another one for each client. */
export function differs(pattern: string): boolean {
  return /%[ic]/.test(pattern.replaceAll('%%', ''));
}

export function expanded(pattern: string, { index, topics, clientId }: Place): string {
  return pattern.replace(/%([itc%])/g, (_, letter: string) => {
    switch (letter) {
      case 'i':
        return String(index);
      case 't':
        return String(index % topics);
      case 'c':
        return clientId;
      default:
        return '%';
    }
  });
}
