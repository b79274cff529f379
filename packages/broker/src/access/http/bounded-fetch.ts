// One request over HTTP with an end: a time, a size, no redirects. What comes back is status and text.

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface FetchLimits {
  readonly timeoutMs: number;
  readonly bytesMax: number;
}

/** Why there is no answer: nothing in it that the request held. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** Rejects with `NoAnswer`. */
export async function boundedFetch(url: string, init: RequestInit, limits: FetchLimits): Promise<Answer> {
  const { timeoutMs, bytesMax } = limits;
  try {
    // A redirect would take the credentials to where nobody has sent them.
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { ...init, redirect: 'manual', signal });
    return { status: response.status, text: await textOf(response, bytesMax) };
  } catch (error) {
    throw error instanceof NoAnswer ? error : new NoAnswer(reasonOf(error, timeoutMs));
  }
}

async function textOf({ body }: Response, bytesMax: number): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.length;
    if (length > bytesMax) {
      await reader.cancel();
      throw new NoAnswer(`its answer has more than ${bytesMax} bytes`);
    }
    parts.push(part.value);
  }
  return new TextDecoder().decode(Buffer.concat(parts, length));
}

function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } };
  if (name === 'TimeoutError' || name === 'AbortError') return `it did not answer within ${timeoutMs} ms`;
  return typeof cause?.code === 'string' ? `it cannot be reached (${cause.code})` : 'it cannot be reached';
}
