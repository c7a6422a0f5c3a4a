import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** A span as it is sent. */
export type SentSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: { stringValue?: string; boolValue?: boolean } }[];
};
type Taken = { readonly headers: IncomingMessage["headers"]; readonly spans: readonly SentSpan[] };

export type TraceReceiver = {
  readonly endpoint: string;
  /** How it answers, and how often it was asked. */
  readonly state: { status: number; asked: number };
  readonly taken: readonly Taken[];
  spans(): readonly SentSpan[];
};

/** What takes traces; it can be told to refuse them. */
export async function traceReceiver(t: TestContext): Promise<TraceReceiver> {
  const state = { status: 200, asked: 0 };
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += piece;
    state.asked++;
    response.writeHead(state.status, { "content-type": "application/json" }).end("{}");
    if (state.status !== 200) return;
    const { resourceSpans } = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] };
    taken.push({ headers: request.headers, spans: resourceSpans[0]?.scopeSpans[0]?.spans ?? [] });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  return { state, taken, endpoint, spans: () => taken.flatMap(({ spans }) => spans) };
}
