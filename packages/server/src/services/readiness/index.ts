import type { PageRoute } from "../../http/server.ts";

export type HealthParts = {
  /** Everything listens. */
  readonly isListening: () => boolean;
  readonly isStopping: () => boolean;
  /** It is being emptied: it lets nobody in. */
  readonly isDraining: () => boolean;
  /** Whether the records can be reached; undefined where they are not in use. */
  readonly records: () => Promise<boolean | undefined>;
};

const headers = {
  "content-type": "text/plain; charset=utf-8",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
};

/** `/healthz`: the process answers. `/readyz`: whoever sends people here may go on. For everybody, so neither says more than one word about why not. */
export function healthPages(parts: HealthParts): PageRoute {
  return async ({ path }, { method }, response) => {
    if ((path !== "/healthz" && path !== "/readyz") || (method !== "GET" && method !== "HEAD")) return false;
    const problem = path === "/readyz" ? await notReady(parts) : undefined;
    const text = problem === undefined ? "ok\n" : `not ready: ${problem}\n`;
    response.writeHead(problem === undefined ? 200 : 503, { ...headers, "content-length": text.length });
    response.end(method === "HEAD" ? undefined : text);
    return true;
  };
}

async function notReady({ isListening, isStopping, isDraining, records }: HealthParts): Promise<string | undefined> {
  if (isStopping()) return "stopping";
  if (!isListening()) return "starting";
  if (isDraining()) return "draining";
  return (await records()) === false ? "records" : undefined;
}
