import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Certificates } from "../certificates.ts";
import { type Admission, type Admitted, peerAddress } from "../core/admission.ts";
import { now } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import type { StreamName } from "../core/stream-name.ts";
import { keepAliveSeconds } from "./answer-head.ts";
import { Door } from "./door.ts";
import { HttpError, sendError } from "./http-error.ts";
import { listen } from "./listen.ts";
import { corsHeaders, originAllowed } from "./origins.ts";
import type { PlainAnswer, PlainRequest } from "./plain-answer.ts";
import { PlainReader } from "./plain-reader.ts";
import type { MediaRequest, MediaRoute, Resource, Routes } from "./routes.ts";
import { isResource, parseTarget, resourceAt, streamAt, type Target } from "./target.ts";

export type HttpSettings = {
  readonly host: string;
  readonly port: number;
  readonly securePort: number;
  readonly origins: readonly string[];
};

/** Answers what is no media: pages, assets, the API. False when it has nothing at that path. */
export type PageRoute = (
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<boolean> | boolean;

/** How long a request's head and the whole of it may take, how long a connection may stay without one, and how often that is looked at, in milliseconds. */
export type HttpTimeouts = {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
};

const defaultTimeouts: HttpTimeouts = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: keepAliveSeconds * 1000,
  connectionsCheckingInterval: 5_000,
};

const serverOptions = {
  maxHeaderSize: 16 * 1024,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
};
const maxHeaders = 100;
/** HTTPS speaks HTTP/2 with who can, as Low-Latency HLS wants it (RFC 8216bis, appendix B.1). */
const http2Options = {
  allowHTTP1: true,
  settings: { maxConcurrentStreams: 128, maxHeaderListSize: 16 * 1024 },
  maxSessionInvalidFrames: 100,
};
/** Longer than any playlist is waited for. */
const idleMs = 60_000;

type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;
type PlainHandler = (request: PlainRequest, response: PlainAnswer) => void;

/** The HTTP and HTTPS listeners that all routes share: names made canonical, origins and limits checked, errors in one form. */
export class HttpServer implements Routes {
  readonly streaming: WeakSet<Duplex> = new WeakSet<Duplex>();
  readonly #settings: () => HttpSettings;
  readonly #door: Door;
  readonly #log: Log;
  readonly #timeouts: HttpTimeouts;
  readonly #media = new Map<string, MediaRoute>();
  readonly #pages: PageRoute[] = [];
  #resources: ((resource: Resource) => void) | undefined;
  readonly #places = new WeakMap<Duplex, Admitted>();
  readonly #servers: (Server | Http2SecureServer)[] = [];

  constructor(settings: () => HttpSettings, admission: Admission, log: Log, timeouts = defaultTimeouts) {
    this.#settings = settings;
    this.#door = new Door(admission, log, "http");
    this.#log = log;
    this.#timeouts = timeouts;
  }

  /** The endings of every address that gives media. */
  get suffixes(): readonly string[] {
    return [...this.#media.keys()];
  }

  media(suffix: string, route: MediaRoute): void {
    this.#media.set(suffix, route);
  }

  resources(handler: (resource: Resource) => void): void {
    this.#resources = handler;
  }

  page(route: PageRoute): void {
    this.#pages.push(route);
  }

  /** Starts to listen; resolves to the ports by configuration key. */
  async listen(certificates: Certificates): Promise<Record<string, number>> {
    const { host, port, securePort } = this.#settings();
    const handler: RequestListener = (request, response) => this.#handle(request, response);
    const options = { ...serverOptions, ...this.#timeouts };
    const plain = createServer(options, handler);
    plain.maxHeadersCount = maxHeaders;
    const secure = createSecureServer(
      { ...options, ...http2Options, handshakeTimeout: options.headersTimeout, ...certificates.options() },
      handler as unknown as Http2Handler, // requests and responses of HTTP/2 have the same face
    );
    // Who takes nothing of an answer is let go; a connection that has become a stream has its own rules.
    plain.setTimeout(idleMs);
    secure.setTimeout(idleMs);
    this.#serve(plain);
    this.#readPlain(plain, handler);
    this.#serve(secure);
    secure.on("secureConnection", (socket) => void this.#accept(socket));
    this.#door.guard(secure);
    secure.once(
      "close",
      certificates.onChange((changed) => secure.setSecureContext(changed)),
    );
    return {
      "http.port": await listen(plain, "http.port", port, host),
      "http.securePort": await listen(secure, "http.securePort", securePort, host),
    };
  }

  async close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise((resolve) => (server.listening ? server.close(resolve) : resolve(undefined))),
    );
    this.#door.close();
    await Promise.all(closed);
  }

  /** Requests for documents are read here as long as a connection brings nothing else. */
  #readPlain(server: Server, handler: RequestListener): void {
    const handOver = server.listeners("connection");
    server.removeAllListeners("connection");
    const { headersTimeout, keepAliveTimeout, connectionsCheckingInterval } = this.#timeouts;
    const reader = new PlainReader(
      {
        takes: (url) => this.#isDocument(url),
        answer: handler as unknown as PlainHandler, // they have the face of node's
        handOver: (socket) => {
          for (const each of handOver) each.call(server, socket);
        },
        beginMs: headersTimeout,
        keepMs: keepAliveTimeout,
        idleMs,
      },
      connectionsCheckingInterval,
    );
    server.on("connection", (socket) => {
      if (this.#accept(socket)) reader.take(socket);
    });
    server.once("close", () => reader.close());
  }

  #isDocument(url: string): boolean {
    return isResource(url) || this.#routeAt(parseTarget(url)?.path ?? "")?.route.isDocument === true;
  }

  #serve(server: Server | Http2SecureServer): void {
    server.on(
      "upgrade",
      (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(request, socket, head),
    );
    server.on("clientError", (_error, socket) => socket.destroy());
    server.on("tlsClientError", (_error, socket: Socket) => socket.destroy());
    this.#servers.push(server);
  }

  /** Gives the connection its place; false where there is none. */
  #accept(socket: Socket): boolean {
    const place = this.#door.enter(socket);
    if (!place) return false;
    this.#places.set(socket, place);
    if ("alpnProtocol" in socket && socket.alpnProtocol === "h2") place.settled(); // its requests are not on this socket
    return true;
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { origins } = this.#settings();
    const acceptedAt = this.#settle(request.socket);
    const failed = (error: unknown) => {
      // The API is for its own pages: what it says is no other site's business.
      const cors = request.url?.startsWith("/api/") ? {} : corsHeaders(request, origins);
      if (error instanceof HttpError) return sendError(response, error, cors);
      this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, "a request failed");
      sendError(response, new HttpError(500, "http/internal", "the server failed to answer; its log says why"));
    };
    const resource = request.url === undefined ? undefined : resourceAt(request.url);
    if (!resource || !this.#resources) return void this.#answer(request, response, acceptedAt).catch(failed);
    try {
      const cors = corsHeaders(request, origins);
      if (isPlain(request) || this.#prepare(request, response))
        this.#resources({ request, response, cors, path: resource.path, rest: resource.rest, query: resource.query });
    } catch (error) {
      failed(error);
    }
  }

  /** When the connection was taken, where this is its first request. */
  #settle(socket: Duplex): number | undefined {
    const place = this.#places.get(socket);
    if (!place || place.isSettled) return undefined;
    place.settled();
    return place.since;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, acceptedAt: number | undefined): Promise<void> {
    const target = parseTarget(request.url);
    if (!target) throw new HttpError(400, "http/url", "the URL is not a path that this server can read");
    const found = this.#find(target, request, acceptedAt);
    if (found) return this.#answerMedia(found.route, found.media, response);
    for (const page of this.#pages) if (await page(target, request, response)) return;
    throw new HttpError(404, "http/not-found", "there is nothing here");
  }

  #find(
    target: Target,
    request: IncomingMessage,
    acceptedAt: number | undefined,
  ): { route: MediaRoute; media: MediaRequest } | undefined {
    const found = this.#routeAt(target.path);
    if (!found) return undefined;
    const { route, stream } = found;
    const address = peerAddress(request.socket.remoteAddress);
    const beginning = { acceptedAt, requestedAt: now() };
    return { route, media: { request, stream, query: target.query, address, beginning } };
  }

  #routeAt(path: string): { route: MediaRoute; stream: StreamName } | undefined {
    for (const [suffix, route] of this.#media) {
      const stream = path.endsWith(suffix) ? streamAt(path, suffix) : undefined;
      if (stream) return { route, stream };
    }
    return undefined;
  }

  async #answerMedia(route: MediaRoute, media: MediaRequest, response: ServerResponse): Promise<void> {
    if (this.#prepare(media.request, response)) await route.get(media, response);
  }

  /** CORS and methods of public media. False when that is the answer. */
  #prepare(request: IncomingMessage, response: ServerResponse): boolean {
    const headers = corsHeaders(request, this.#settings().origins);
    for (const name in headers) response.setHeader(name, headers[name] ?? "");
    if (isPlain(request)) return true;
    if (request.method === "OPTIONS") {
      response
        .writeHead(204, {
          "access-control-allow-methods": "GET, HEAD, OPTIONS",
          "access-control-allow-headers": "range, if-none-match, cmcd-request, cmcd-object, cmcd-session, cmcd-status",
          "access-control-max-age": "86400",
        })
        .end();
      return false;
    }
    response.setHeader("allow", "GET, HEAD, OPTIONS");
    throw new HttpError(405, "http/method", "use GET or HEAD");
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (this.streaming.has(socket)) return; // that is how node lets go of it
    const acceptedAt = this.#settle(socket);
    try {
      const target = parseTarget(request.url);
      const found = target && this.#find(target, request, acceptedAt);
      if (!found?.route.upgrade) throw new HttpError(404, "http/not-found", "there is no WebSocket here");
      if (!originAllowed(request, this.#settings().origins)) {
        throw new HttpError(403, "http/origin", "pages of this origin may not watch (http.origins)");
      }
      await found.route.upgrade(found.media, socket, head);
    } catch (error) {
      if (!(error instanceof HttpError)) this.#log.error({ error: String(error) }, "a WebSocket handshake failed");
      refuseUpgrade(
        socket,
        error instanceof HttpError ? error : new HttpError(500, "http/internal", "the server failed to answer"),
      );
    }
  }
}

function isPlain({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

const statusText: Record<number, string> = { 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error" };

function refuseUpgrade(socket: Duplex, { status, code, message }: HttpError): void {
  const body = JSON.stringify({ type: "about:blank", status, code, detail: message });
  socket.end(
    `HTTP/1.1 ${status} ${statusText[status] ?? "Error"}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
