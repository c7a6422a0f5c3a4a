import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { PageRoute } from "./server.ts";
import { streamAt } from "./target.ts";

const assets = new URL("../../assets/", import.meta.url);
const require = createRequire(import.meta.url);

type Asset = { readonly type: string; readonly file: string };

/** What a page may load. Nothing that is not on this list leaves the disk. */
const files: ReadonlyMap<string, Asset> = new Map([
  ["/assets/page.css", { type: "text/css; charset=utf-8", file: fileURLToPath(new URL("page.css", assets)) }],
  ["/assets/watch.js", { type: "text/javascript; charset=utf-8", file: fileURLToPath(new URL("watch.js", assets)) }],
  ["/assets/home.js", { type: "text/javascript; charset=utf-8", file: fileURLToPath(new URL("home.js", assets)) }],
  ["/assets/icon.svg", { type: "image/svg+xml", file: fileURLToPath(new URL("icon.svg", assets)) }],
  ["/assets/mpegts.js", { type: "text/javascript; charset=utf-8", file: require.resolve("mpegts.js") }],
]);

/** Pages run only their own scripts and talk only to this server; other sites may frame the watch page to embed it, but nothing else. */
const contentSecurity = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** `/`: where to go. `/app/name`: the watch page. `/assets/…`: what they load. */
export function pages(): PageRoute {
  const cache = new Map<string, Promise<{ body: Buffer; etag: string }>>();
  const load = (file: string) => {
    let loaded = cache.get(file);
    if (!loaded) {
      loaded = readFile(file).then((body) => ({
        body,
        etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
      }));
      cache.set(file, loaded);
    }
    return loaded;
  };

  const send = async (
    response: ServerResponse,
    { type, file }: Asset,
    seen: string | undefined,
    body: boolean,
  ): Promise<void> => {
    const loaded = await load(file);
    response.setHeader("content-type", type);
    response.setHeader("cache-control", "no-cache");
    response.setHeader("etag", loaded.etag);
    response.setHeader("x-content-type-options", "nosniff");
    response.setHeader("referrer-policy", "no-referrer");
    if (type.startsWith("text/html")) response.setHeader("content-security-policy", contentSecurity);
    if (seen === loaded.etag) response.writeHead(304).end();
    else response.writeHead(200, { "content-length": loaded.body.length }).end(body ? loaded.body : undefined);
  };

  return async ({ path }, request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const asset = files.get(path) ?? page(path);
    if (!asset) return false;
    await send(response, asset, request.headers["if-none-match"], request.method === "GET");
    return true;
  };
}

/** The watch page is the same for every stream: its script reads the address, so no name is ever put into HTML. */
function page(path: string): Asset | undefined {
  if (path === "/") return { type: "text/html; charset=utf-8", file: fileURLToPath(new URL("home.html", assets)) };
  return streamAt(path, "")
    ? { type: "text/html; charset=utf-8", file: fileURLToPath(new URL("watch.html", assets)) }
    : undefined;
}
