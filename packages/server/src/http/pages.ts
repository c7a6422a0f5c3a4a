import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { builtFiles, isDated } from "./built-files.ts";
import type { PageRoute } from "./server.ts";
import { streamAt } from "./target.ts";

const assets = new URL("../../assets/", import.meta.url);
const pack = promisify(gzip);

type Asset = { readonly type: string; readonly file: string; readonly headers: Readonly<Record<string, string>> };

/** What a page tells about the server, so that the addresses that it shows are right. */
export type ServerFacts = { readonly rtmpPort: number | undefined; readonly keyNeeded: boolean };

const script = "text/javascript; charset=utf-8";
const style = "text/css; charset=utf-8";
const htmlType = "text/html; charset=utf-8";

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

const common = { "cache-control": "no-cache", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" };
/** Pages of every site may run the player: what it then may watch is the media's to say. */
const forEveryone = { "access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin" };
const forGood = { "cache-control": "public, max-age=31536000, immutable" };

const require = createRequire(import.meta.url);
const playerFiles = builtFiles("player", require.resolve("@sluice/player/package.json"));
const consoleFiles = builtFiles("console", require.resolve("@sluice/console/package.json"));

/** What a page may load. Nothing that is not on this list leaves the disk. */
const files: ReadonlyMap<string, Asset> = new Map([
  ["/assets/page.css", own("page.css", style)],
  ["/assets/watch.css", own("watch.css", style)],
  ["/assets/watch.js", own("watch.js", script)],
  ["/assets/embed.css", own("embed.css", style)],
  ["/assets/embed.js", own("embed.js", script)],
  ["/assets/player-settings.js", own("player-settings.js", script)],
  ["/assets/addresses.js", own("addresses.js", script)],
  ["/assets/icon.svg", own("icon.svg", "image/svg+xml")],
  ...Array.from(playerFiles.files, ([path, file]): [string, Asset] => {
    const headers = { ...forEveryone, ...(isDated(path) ? forGood : {}) };
    return [path, { type: script, file, headers }];
  }),
  ...Array.from(consoleFiles.files, ([path, file]): [string, Asset] => {
    const headers = isDated(path) ? forGood : {};
    return [path, { type: path.endsWith(".css") ? style : script, file, headers }];
  }),
]);
const embedded = "/embed/";
const home = html("console.html", "; frame-ancestors 'none'");
const watchPage = html("watch.html");
const embedPage = html("embed.html", "; frame-ancestors *");

function own(name: string, type: string, headers: Asset["headers"] = {}): Asset {
  return { type, file: fileURLToPath(new URL(name, assets)), headers };
}

function html(name: string, morePolicy = ""): Asset {
  return own(name, htmlType, { "content-security-policy": contentSecurity + morePolicy });
}

type Loaded = { readonly body: Buffer; readonly packed: Buffer; readonly etag: string };

/** `/`: the console, and for who is not signed in the way to a stream; also for a person who asks for what is not there. `/app/name`: the watch page; `/embed/app/name`: the player alone. `/assets/…`: what they load. */
export function pages(facts: () => ServerFacts): PageRoute {
  const cache = new Map<string, Promise<Loaded>>();
  const loaded = (file: string): Promise<Loaded> => {
    let known = cache.get(file);
    if (!known) {
      known = load(file);
      known.catch(() => cache.delete(file));
      cache.set(file, known);
    }
    return known;
  };
  return async ({ path }, request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    if (path === "/assets/server.json") {
      response.writeHead(200, { ...common, "content-type": "application/json" }).end(JSON.stringify(facts()));
      return true;
    }
    const found = files.get(path) ?? page(path);
    const asset = found ?? (isPerson(path, request) ? home : undefined);
    if (!asset) return false;
    send(request, response, asset, await loaded(asset.file), found ? 200 : 404);
    return true;
  };
}

async function load(file: string): Promise<Loaded> {
  const read = await readFile(file);
  const body = file.endsWith(".html") ? Buffer.from(consoleFiles.dated(playerFiles.dated(read.toString()))) : read;
  const hash = createHash("sha256").update(body).digest("base64url").slice(0, 22);
  return { body, packed: await pack(body), etag: `W/"${hash}"` };
}

function send(request: IncomingMessage, response: ServerResponse, asset: Asset, loaded: Loaded, status: number): void {
  const { body, packed, etag } = loaded;
  const headers = {
    ...common,
    "content-type": asset.type,
    etag,
    vary: "accept-encoding",
    ...asset.headers,
  };
  if (status === 200 && request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  const isPacked = /\bgzip\b/.test(String(request.headers["accept-encoding"]));
  const bytes = isPacked ? packed : body;
  response.writeHead(status, {
    ...headers,
    "content-length": bytes.length,
    ...(isPacked ? { "content-encoding": "gzip" } : {}),
  });
  response.end(request.method === "GET" ? bytes : undefined);
}

/** A page is the same for every stream: its script reads the address, so no name is ever put into HTML. */
function page(path: string): Asset | undefined {
  if (path === "/") return home;
  // A browser that asks for a file of an older build is better told that there is none.
  if (path.startsWith("/assets/")) return undefined;
  if (path.startsWith(embedded) && streamAt(path.slice(embedded.length - 1), "")) return embedPage;
  return streamAt(path, "") ? watchPage : undefined;
}

/** A browser that was sent somewhere by hand, and not a program that wants the problem in JSON. */
function isPerson(path: string, { headers }: IncomingMessage): boolean {
  return !path.startsWith("/api/") && headers["sec-fetch-mode"] === "navigate";
}
