import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A question as it came. */
export type Heard = {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

/** A program that is asked over HTTP: what it heard, and how it answers. It is gone when the test is over. */
export async function callbackServer(t: TestContext, answer: (response: ServerResponse, heard: Heard) => void) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const question = {
      path: request.url ?? "",
      method: request.method ?? "",
      headers: request.headers,
      body: await read(request),
    };
    heard.push(question);
    answer(response, question);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { heard, server, url: `http://127.0.0.1:${port}/ask` };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
