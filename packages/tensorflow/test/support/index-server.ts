import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FakeWheel } from './fake-wheel.js';

/** How the server behaves; may be changed while it runs. */
export interface Behaviour {
  page: 'json' | 'html' | 'empty' | 'nonsense';
  /** Bytes after which the connection is cut, one entry a request; none left: the whole file. */
  cuts: number[];
  /** Milliseconds between pieces of 16 KiB. */
  slowness: number;
  /** Sends nothing more of a file while this is set. */
  held: boolean;
  resumes: boolean;
  /** Served instead of the wheel. */
  bytes: Buffer;
  /** `user:password` that is asked for. */
  login?: string;
  /** Answers nobody but pip itself. */
  onlyPip: boolean;
}

/** A package index on this machine that serves one wheel and notes what it was asked. */
export interface IndexServer {
  readonly url: string;
  readonly behaviour: Behaviour;
  /** `GET /path` and the Range header, in order. */
  readonly requests: { path: string; range: string | undefined }[];
  close(): Promise<void>;
}

export async function serveIndex(wheel: FakeWheel, changes: Partial<Behaviour> = {}): Promise<IndexServer> {
  const { filename, sha256, project, size } = wheel.release;
  const behaviour: Behaviour = {
    page: 'json',
    cuts: [],
    slowness: 0,
    held: false,
    resumes: true,
    bytes: wheel.bytes,
    onlyPip: false,
    ...changes,
  };
  const requests: IndexServer['requests'] = [];

  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', range: request.headers.range });
    // A client that takes this server for its proxy asks for a whole URL.
    const { pathname: path } = new URL(request.url ?? '', 'http://localhost');
    const expected = behaviour.login && `Basic ${Buffer.from(behaviour.login).toString('base64')}`;
    if (expected && request.headers.authorization !== expected) response.writeHead(401).end();
    else if (behaviour.onlyPip && !request.headers['user-agent']?.startsWith('pip/')) response.writeHead(503).end();
    else if (path === `/simple/${project}/`) page(response);
    else if (path === `/files/${filename}`) void file(request, response);
    else response.writeHead(404).end();
  });

  function page(response: ServerResponse): void {
    const other = filename.replace('cp311', 'cp312');
    if (behaviour.page === 'html') {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<!DOCTYPE html><a href="../../files/${other}">${other}</a>
        <a href="../../files/${encodeURIComponent(filename)}#sha256=${sha256}">${filename}</a>`);
    } else if (behaviour.page === 'nonsense') {
      response.setHeader('Content-Type', 'application/vnd.pypi.simple.v1+json');
      response.end('{');
    } else {
      const files = [{ filename: other, url: `../../files/${other}`, hashes: {} }];
      if (behaviour.page === 'json')
        files.push({ filename, url: `../../files/${filename}`, hashes: { sha256 } as object });
      response.setHeader('Content-Type', 'application/vnd.pypi.simple.v1+json');
      response.end(JSON.stringify({ meta: { 'api-version': '1.0' }, name: project, files }));
    }
  }

  async function file(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const range = behaviour.resumes ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '') : null;
    const start = Number(range?.[1] ?? 0);
    const cut = behaviour.cuts.shift() ?? size;
    response.writeHead(range ? 206 : 200, { 'Content-Length': behaviour.bytes.length - start });
    const piece = 16_384;
    for (let at = start; at < behaviour.bytes.length && !response.destroyed; at += piece) {
      response.write(behaviour.bytes.subarray(at, Math.min(at + piece, start + cut)));
      if (at + piece >= start + cut && start + cut < behaviour.bytes.length) {
        // Closes the connection after the written bytes, not in the middle of them, so that all of them arrive even on
        // a busy machine.
        response.socket?.end();
        return;
      }
      while (behaviour.held && !response.destroyed) await new Promise((resolve) => setTimeout(resolve, 10));
      if (behaviour.slowness) await new Promise((resolve) => setTimeout(resolve, behaviour.slowness));
    }
    response.end();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/simple`,
    behaviour,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
