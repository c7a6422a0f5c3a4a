import type { IncomingMessage, ServerResponse } from "node:http";
import { peerAddress } from "../core/admission.ts";
import { HttpError, sendError } from "../http/http-error.ts";
import type { Resource } from "../http/routes.ts";
import { streamAt } from "../http/target.ts";
import { type Ask, answer, type Content } from "./answer.ts";
import { initBytes, partBytes, segmentBytes } from "./encoded.ts";
import type { Presentation } from "./presentation.ts";
import type { Presentations } from "./presentations.ts";
import type { Rendition, Segment } from "./rendition.ts";
import { playerIn, type Viewer, type Viewers } from "./viewers.ts";
import type { Waiting } from "./waiting.ts";

const immutable = "public, max-age=86400, immutable";
const maxWaitingPerViewer = 16;
/** `v0/NONCE-12.3.m4s`: rendition, nonce, media sequence number, part. */
const mediaName = /^([va]\d{1,3})\/([0-9a-z]{1,12})-(\d{1,15})(?:\.(\d{1,5}))?\.m4s$/;
/** `v0/NONCE-i0.mp4`. */
const initName = /^([va]\d{1,3})\/([0-9a-z]{1,12})-i(\d{1,9})\.mp4$/;

/** Everything that belongs to a presentation, under `/app/name/-/TOKEN/`. Segments and parts are answered here; who makes playlists adds its own. */
export class SegmentFiles {
  readonly #presentations: Presentations;
  readonly #viewers: Viewers;
  readonly #waiting: Waiting;
  readonly #handlers = new Map<string, (ask: Ask) => void>();

  constructor(presentations: Presentations, viewers: Viewers, waiting: Waiting) {
    this.#presentations = presentations;
    this.#viewers = viewers;
    this.#waiting = waiting;
    this.on(".m4s", (ask) => this.#media(ask));
    this.on(".mp4", (ask) => this.#init(ask));
  }

  /** The endings of every file. */
  get suffixes(): readonly string[] {
    return [...this.#handlers.keys()];
  }

  /** `handler` answers for files with this ending. It may throw an `HttpError`. */
  on(suffix: string, handler: (ask: Ask) => void): void {
    this.#handlers.set(suffix, handler);
  }

  handle({ request, response, path, rest, query, cors }: Resource): void {
    const cut = rest.indexOf("/");
    const file = rest.slice(cut + 1);
    const handler = this.#handlers.get(file.slice(file.lastIndexOf(".")));
    if (cut < 0 || !handler) throw new HttpError(404, "http/not-found", "there is nothing here");
    const token = rest.slice(0, cut);
    const viewer = this.#viewers.known(token, path) ?? this.#newcomer(token, path, request, query);
    if (!viewer)
      throw new HttpError(
        403,
        "access/session",
        "this address is not valid any more: load the stream's own address again",
      );
    const presentation = this.#presentations.find(path);
    if (!presentation) throw new HttpError(404, "stream/not-found", `${path} is not live`);
    handler({ request, response, query, presentation, viewer, file, cors });
  }

  #newcomer(
    token: string,
    path: string,
    request: IncomingMessage,
    query: ReadonlyMap<string, string>,
  ): Viewer | undefined {
    const stream = streamAt(`/${path}`, "");
    if (!stream) return undefined;
    return this.#viewers.find(token, stream, () => ({
      address: peerAddress(request.socket.remoteAddress),
      agent: request.headers["user-agent"],
      player: playerIn(query.get("CMCD") ?? headerText(request.headers["cmcd-session"])),
    }));
  }

  /** Calls `ready` when there is what was asked for, at once or later; answers 503 after `seconds`. */
  wait(ask: Ask, rendition: Rendition, isReady: () => boolean, seconds: number, ready: () => void): void {
    if (isReady()) return ready();
    const { viewer, response, presentation } = ask;
    checkWaiting(viewer);
    viewer.waiting++;
    const until = performance.now() + seconds * 1000;
    const leave = this.#waiting.wait(presentation, {
      rendition,
      isReady: () => presentation.over || isReady(),
      until,
      done: (outcome) => {
        response.off("close", gone);
        viewer.waiting--;
        if (outcome === "ready") ready();
        else unavailable(ask);
      },
    });
    const gone = () => {
      viewer.waiting--;
      leave?.();
    };
    if (leave) response.once("close", gone);
    else {
      viewer.waiting--;
      unavailable(ask);
    }
  }

  #init(ask: Ask): void {
    const [, key = "", nonce, number] = initName.exec(ask.file) ?? [];
    const rendition = nonce === ask.presentation.nonce ? ask.presentation.renditions.get(key) : undefined;
    const segment = rendition?.segments.find(({ init }) => init.number === Number(number));
    if (!rendition || !segment) throw gone();
    const bytes = initBytes(rendition, segment.init);
    answer(ask, { type: `${rendition.kind}/mp4`, cache: immutable, etag: `"${nonce}-i${number}"`, bytes });
  }

  #media(ask: Ask): void {
    const { presentation, file } = ask;
    const [, key = "", nonce, number, part] = mediaName.exec(file) ?? [];
    const rendition = nonce === presentation.nonce ? presentation.renditions.get(key) : undefined;
    if (!rendition) throw gone();
    const msn = Number(number);
    if (part !== undefined) return this.#part(ask, rendition, msn, Number(part));
    const segment = segmentAt(rendition, msn);
    if (!segment || segment.parts.length === 0) throw gone();
    if (!segment.closed) return this.#growing(ask, rendition, segment);
    send(ask, rendition, `${msn}`, segmentBytes(rendition, segment));
  }

  /** The part after the last one is the one that playlists hint at: its request waits for it (RFC 8216bis, 4.4.5.3). */
  #part(ask: Ask, rendition: Rendition, msn: number, index: number): void {
    const { presentation } = ask;
    const find = () => segmentAt(rendition, msn)?.parts[index];
    if (!find() && !isNext(rendition, msn, index)) throw gone();
    const isDecided = () => find() !== undefined || rendition.msn > msn || segmentAt(rendition, msn)?.closed === true;
    this.wait(ask, rendition, isDecided, (presentation.targetSeconds ?? 1) * 3, () => {
      const segment = segmentAt(rendition, msn);
      const part = segment?.parts[index];
      if (!segment || !part) return notThere(ask);
      send(ask, rendition, `${msn}.${index}`, partBytes(rendition, segment, part));
    });
  }

  /** A segment that is still being written goes out as it grows, a chunk for each part (23009-1, low latency). */
  #growing(ask: Ask, rendition: Rendition, segment: Segment): void {
    const { request, response, viewer, presentation } = ask;
    checkWaiting(viewer);
    response.writeHead(200, {
      ...ask.cors,
      "content-type": `${rendition.kind}/mp4`,
      "cache-control": immutable,
      "x-accel-buffering": "no",
    });
    if (request.method === "HEAD") return void response.end();
    let sent = 0;
    const send = () => {
      for (const part of segment.parts.slice(sent)) {
        const bytes = partBytes(rendition, segment, part);
        if (bytes instanceof Promise) return leave(response); // an open segment is never so old
        viewer.bytes += bytes.length;
        response.write(bytes);
        sent++;
      }
      if (segment.closed) leave(response);
    };
    const stop = presentation.onGrown((grown) => (grown === rendition || !grown) && send());
    const leave = (ending?: ServerResponse) => {
      stop();
      viewer.waiting--;
      response.off("close", leave);
      ending?.end();
    };
    viewer.waiting++;
    response.once("close", leave);
    send();
  }
}

function send(ask: Ask, rendition: Rendition, name: string, bytes: Uint8Array | Promise<Uint8Array>): void {
  if (bytes instanceof Uint8Array) return answer(ask, mediaContent(ask.presentation, rendition, name, bytes));
  bytes.then(
    (read) => answer(ask, mediaContent(ask.presentation, rendition, name, read)),
    (error: unknown) => {
      if (error instanceof HttpError) sendError(ask.response, error, ask.cors);
      else unavailable(ask); // the disk gives nothing
    },
  );
}

function checkWaiting({ waiting }: Viewer): void {
  if (waiting >= maxWaitingPerViewer)
    throw new HttpError(429, "http/waiting", "too many requests of this viewer wait already");
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

export function segmentAt({ segments }: Rendition, msn: number): Segment | undefined {
  const first = segments[0];
  return first && segments[msn - first.msn];
}

/** The part that will come next: in the open segment, or the first of the one after. */
function isNext({ segments }: Rendition, msn: number, index: number): boolean {
  const last = segments.at(-1);
  if (!last) return false;
  return last.closed
    ? msn === last.msn + 1 && index === 0
    : (msn === last.msn && index === last.parts.length) || (msn === last.msn + 1 && index === 0);
}

function mediaContent({ nonce }: Presentation, { kind }: Rendition, name: string, bytes: Uint8Array): Content {
  return { type: `${kind}/mp4`, cache: immutable, etag: `"${nonce}-${name}"`, bytes };
}

function gone(): HttpError {
  return new HttpError(404, "segment/not-found", "this segment is not there: it is too old, or not made yet");
}

function notThere({ response, cors }: Ask): void {
  response.writeHead(404, { ...cors, "cache-control": "no-store", "content-length": 0 }).end();
}

function unavailable({ response, cors }: Ask): void {
  response.writeHead(503, { ...cors, "retry-after": "1", "cache-control": "no-store", "content-length": 0 }).end();
}
