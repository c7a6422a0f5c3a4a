import type { IncomingMessage, ServerResponse } from "node:http";
import { address as addressOf, contains, network } from "../../config/network.ts";
import { peerAddress } from "../../core/admission.ts";
import type { Identity } from "../../http/api.ts";
import { HttpError } from "../../http/http-error.ts";
import type { PageRoute } from "../../http/server.ts";
import { allMetrics } from "./catalogue.ts";
import { contentTypes, expose, formFor } from "./exposition.ts";
import { Collector, type Sources } from "./figures.ts";

export type MetricsSettings = {
  readonly enabled: boolean;
  /** Networks whose requests need not say who they are. */
  readonly from: readonly string[];
  /** How many streams have figures of their own. */
  readonly streams: number;
};

export type MetricsParts = Sources & {
  readonly settings: () => MetricsSettings;
  /** Who sends this; throws an `HttpError` for who is nobody. */
  readonly identify: (request: IncomingMessage, address: string) => Promise<Identity>;
};

const path = "/metrics";
/** What proxies add. Behind one everybody has its address, so that says nothing. */
const forwarded = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/** `/metrics`, for Prometheus and what understands the same. */
export function openMetrics({ settings, identify, ...sources }: MetricsParts): { page: PageRoute; close(): void } {
  const collector = new Collector(sources);
  const page: PageRoute = async (target, request, response) => {
    if (target.path !== path || !settings().enabled) return false;
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new HttpError(405, "http/method", "use GET or HEAD", { allow: "GET, HEAD" });
    if (!isNear(request, settings().from))
      checkScope(await identify(request, peerAddress(request.socket.remoteAddress)));
    await send(request, response, collector, settings().streams);
    return true;
  };
  return { page, close: () => collector.close() };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  collector: Collector,
  streams: number,
): Promise<void> {
  const form = formFor(request.headers.accept);
  const text = expose(allMetrics, await collector.collect(streams), form);
  if (response.destroyed) return;
  response.writeHead(200, {
    "content-type": contentTypes[form],
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    vary: "accept",
  });
  response.end(request.method === "HEAD" ? undefined : text);
}

function isNear({ socket, headers }: IncomingMessage, networks: readonly string[]): boolean {
  if (forwarded.some((name) => headers[name] !== undefined)) return false;
  const from = addressOf(peerAddress(socket.remoteAddress));
  return from !== undefined && networks.some((text) => isIn(text, from));
}

function isIn(text: string, from: NonNullable<ReturnType<typeof addressOf>>): boolean {
  const found = network(text);
  return found !== undefined && contains(found, from);
}

function checkScope({ scopes }: Identity): void {
  if (scopes && !scopes.includes("read"))
    throw new HttpError(403, "access/scope", "this needs a token with the scope read");
}
