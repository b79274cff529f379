// A site on loopback: an empty page, and scripts under the paths that a test gives them. The port is a free one.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { atEnd } from '../../interop/support/at-end.ts';

export class Site {
  readonly origin: string;
  readonly #scripts: Map<string, string>;

  constructor(server: Server, scripts: Map<string, string>) {
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.#scripts = scripts;
  }

  /** Gives the script a URL. */
  add(path: string, script: string): string {
    this.#scripts.set(path, script);
    return `${this.origin}${path}`;
  }
}

/** Closed when the test file is through. */
export async function startSite(): Promise<Site> {
  const scripts = new Map<string, string>();
  const server = createServer(({ url = '/' }, response) => {
    const script = scripts.get(url);
    const type = script === undefined ? 'text/html' : 'text/javascript';
    response.writeHead(script === undefined && url !== '/' ? 404 : 200, {
      'content-type': `${type}; charset=utf-8`,
    });
    response.end(script ?? '<!doctype html><title>test</title>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Site(server, scripts);
}
