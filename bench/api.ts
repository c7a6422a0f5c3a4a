import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { streamName } from "../packages/server/src/core/stream-name.ts";
import { api } from "../packages/server/src/http/api.ts";
import { Feed } from "../packages/server/src/services/live/feed.ts";
import { liveRoutes } from "../packages/server/src/services/live/routes.ts";
import { testHost } from "../packages/server/testing/host.ts";

const sessionsThere = 10_000;
const streamsThere = 100;
const answers = 200;

/** How long the API takes to list 10,000 sessions, in one answer and by the piece, over HTTP to its last byte; in a sentence. */
export async function apiAnswers(): Promise<string> {
  const host = await testHost();
  const { hub, sessions } = host;
  for (let number = 0; number < sessionsThere; number++) {
    const stream = streamName("live", `cam${number % streamsThere}`);
    if (!stream) throw new Error("the name is not allowed");
    const figures = { bytes: number * 1_000, skips: 1, moves: 1, rendition: "720p" };
    const source = {
      protocol: "http-flv",
      role: "viewer",
      stream,
      address: "192.0.2.7",
      agent: "Mozilla/5.0",
    } as const;
    sessions.open({
      ...source,
      grant: { allowed: true, id: "abcdefghijkl" },
      figures: () => ({ ...figures }),
      close() {},
    });
  }
  const feed = new Feed(host.events);
  const routes = liveRoutes({ hub, sessions, feed, health: { of: () => undefined, bitrateOf: () => undefined } });
  host.http.page(api({ routes, identify: async () => ({ name: "bench", role: "owner" }), audit: async () => {} }));
  const agent = new Agent({ keepAlive: true });
  const ask = (query: string) => answered(host.ports["http.port"] ?? 0, agent, query);
  const whole = await timed(() => ask(`limit=${sessionsThere}`));
  // The piece in the middle: half of the sessions are passed over.
  const piece = await timed(() => ask(`limit=100&after=${(sessionsThere / 2).toString(36)}`));
  agent.destroy();
  feed.close();
  await host.close();
  return `The API lists ${sessionsThere.toLocaleString("en")} sessions in one answer of ${(whole.bytes / 1e6).toFixed(1)} MB in ${whole.text}, and a piece of 100 of them in ${piece.text}, over HTTP to its last byte`;
}

async function timed(ask: () => Promise<number>): Promise<{ readonly bytes: number; readonly text: string }> {
  const times: number[] = [];
  let bytes = 0;
  for (let number = 0; number < answers; number++) {
    const from = performance.now();
    bytes = await ask();
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => (times[Math.floor(answers * part)] ?? 0).toFixed(1);
  return { bytes, text: `${at(0.5)} ms (p50), ${at(0.99)} ms (p99)` };
}

async function answered(port: number, agent: Agent, query: string): Promise<number> {
  const asked = request({ host: "127.0.0.1", port, path: `/api/v1/sessions?${query}`, agent }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) bytes += piece.length;
  if (response.statusCode !== 200) throw new Error(`the API answered ${response.statusCode}`);
  return bytes;
}
