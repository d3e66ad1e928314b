import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';

/** Answers a request for one file. */
export type Answer = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;

/** Sends the file, or from a byte on where a range is asked for. */
export const sendWhole: Answer = (request, response, bytes) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from });
  response.end(bytes.subarray(from));
};

/** Starts a server for files on this machine alone; it ends with the test. */
export async function serve(files: ReadonlyMap<string, Buffer>, answer: Answer = sendWhole) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = request.url!.slice(1);
    requests.push(`${name}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const bytes = files.get(name);
    if (bytes) answer(request, response, bytes);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { base: `http://127.0.0.1:${port}/`, requests };
}
