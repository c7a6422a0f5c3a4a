import type { IncomingMessage, ServerResponse } from "node:http";
import { peerAddress } from "../core/admission.ts";
import { HttpError } from "../http/http-error.ts";
import type { Resource } from "../http/routes.ts";
import { streamAt } from "../http/target.ts";
import { type Ask, answer } from "./answer.ts";
import { initBytes, keyframeBytes, partBytes, segmentBytes } from "./encoded.ts";
import type { Presentations } from "./presentations.ts";
import type { Rendition, Segment } from "./rendition.ts";
import { RungFiles } from "./rung-files.ts";
import { gone, segmentAt, send, unavailable } from "./sending.ts";
import { playerIn, type Viewer, type Viewers } from "./viewers.ts";
import type { Awaited, Waiting } from "./waiting.ts";

const immutable = "public, max-age=86400, immutable";
const maxWaitingPerViewer = 16;
/** `v0/NONCE-12.3.m4s`: rendition, nonce, media sequence number, part; `k` is the keyframe alone, `f` what goes on where the rendition has a hole. */
const mediaName = /^([va]\d{1,3}|v-[\w.-]{1,32})\/([0-9a-z]{1,12})-(\d{1,15})(?:\.(\d{1,5}|[kf]))?\.m4s$/;
/** `v0/NONCE-i0.mp4`; `e5`: of era 5, for what goes on where the rendition has a hole. */
const initName = /^([va]\d{1,3}|v-[\w.-]{1,32})\/([0-9a-z]{1,12})-([ie])(\d{1,9})\.mp4$/;

/** What answers for files with one ending, and how many requests there were. */
type Handler = { readonly handle: (ask: Ask) => void; asked: number };

/** Everything that belongs to a presentation, under `/app/name/-/TOKEN/`. Segments and parts are answered here; who makes playlists adds its own. */
export class SegmentFiles {
  readonly #presentations: Presentations;
  readonly #viewers: Viewers;
  readonly #waiting: Waiting<Ask>;
  readonly #handlers = new Map<string, Handler>();
  #parts = 0;
  readonly #rungs = new RungFiles(this);

  constructor(presentations: Presentations, viewers: Viewers, waiting: Waiting<Ask>) {
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

  /** How many requests there were of viewers, by what they were for: `segment`, `part`, and the endings of other files. */
  get asked(): ReadonlyMap<string, number> {
    const asked = new Map(Array.from(this.#handlers, ([suffix, handler]) => [suffix.slice(1), handler.asked]));
    asked.set("segment", (asked.get("m4s") ?? 0) - this.#parts).set("part", this.#parts);
    asked.delete("m4s");
    return asked;
  }
  /** How many of them wait for what is not there yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** `handle` answers for files with this ending. It may throw an `HttpError`. */
  on(suffix: string, handle: (ask: Ask) => void): void {
    this.#handlers.set(suffix, { handle, asked: 0 });
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
    handler.asked++;
    handler.handle({ request, response, query, presentation, viewer, file, cors });
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

  /** Calls `ready` when there is what was asked for, or nothing more will be, at once or later, for all who wait under one name; answers 503 when it takes too long. */
  wait(ask: Ask, awaited: Awaited, ready: (asks: readonly Ask[]) => void): void {
    if (awaited.isReady()) return ready([ask]);
    const { viewer, response, presentation } = ask;
    checkWaiting(viewer);
    const leave = this.#waiting.wait(presentation, awaited, ask, (asks, outcome) => {
      for (const each of asks) each.viewer.waiting--;
      if (outcome === "ready") ready(asks);
      else asks.forEach(unavailable);
    });
    if (!leave) return unavailable(ask);
    viewer.waiting++;
    // Who has been answered keeps this to the end of the answer: taking it away from thousands at once would cost as much as answering them.
    response.once("close", () => {
      if (leave()) viewer.waiting--;
    });
  }

  #init(ask: Ask): void {
    const [, key = "", nonce, kind, number] = initName.exec(ask.file) ?? [];
    if (nonce !== ask.presentation.nonce) throw gone();
    if (kind === "e") return this.#rungs.init(ask, key, Number(number));
    const rendition = ask.presentation.find(key);
    const segment = rendition?.segments.find(({ init }) => init.number === Number(number));
    if (!rendition || !segment) throw gone();
    const bytes = initBytes(rendition, segment.init);
    answer(ask, { type: `${rendition.kind}/mp4`, cache: immutable, etag: `"${nonce}-i${number}"`, bytes });
  }

  #media(ask: Ask): void {
    const { presentation, file, viewer } = ask;
    const [, key = "", nonce, number, part] = mediaName.exec(file) ?? [];
    if (nonce !== presentation.nonce) throw gone();
    if (part !== "k" && presentation.stream.ladder.rungs.length > 0) noteQuality(viewer, key);
    const msn = Number(number);
    if (part === "f") return this.#rungs.segment(ask, key, msn);
    const rendition = presentation.find(key);
    if (!rendition) throw gone();
    if (part !== undefined && part !== "k") return this.#part(ask, rendition, msn, Number(part));
    const segment = segmentAt(rendition, msn);
    if (!segment || segment.parts.length === 0 || segment.torn) throw gone();
    if (part === "k") return this.#keyframe(ask, rendition, segment);
    if (!segment.closed) return this.growing(ask, rendition, segment);
    send([ask], rendition, `${msn}`, segmentBytes(rendition, segment));
  }

  /** The part after the last one is the one that playlists hint at: its request waits for it (RFC 8216bis, 4.4.5.3). */
  #part(ask: Ask, rendition: Rendition, msn: number, index: number): void {
    const { presentation } = ask;
    this.#parts++;
    const find = () => segmentAt(rendition, msn)?.parts[index];
    if (!find() && !isNext(rendition, msn, index)) throw gone();
    const isReady = () => find() !== undefined || rendition.msn > msn || segmentAt(rendition, msn)?.closed === true;
    const seconds = (presentation.targetSeconds ?? 1) * 3;
    this.wait(ask, { name: `${rendition.key}/${msn}.${index}`, rendition, isReady, seconds }, (asks) => {
      const segment = segmentAt(rendition, msn);
      const part = segment?.parts[index];
      if (segment && part) send(asks, rendition, `${msn}.${index}`, partBytes(rendition, segment, part));
      else asks.forEach(notThere);
    });
  }

  #keyframe(ask: Ask, rendition: Rendition, segment: Segment): void {
    if (!segment.closed || !segment.independent) throw gone();
    send([ask], rendition, `${segment.msn}.k`, keyframeBytes(rendition, segment));
  }

  /** A segment that is still being written goes out as it grows, after `before`, a chunk for each part (23009-1, low latency). */
  growing(ask: Ask, rendition: Rendition, segment: Segment, before?: Uint8Array): void {
    const { request, response, viewer, presentation } = ask;
    checkWaiting(viewer);
    response.writeHead(200, {
      ...ask.cors,
      "content-type": `${rendition.kind}/mp4`,
      "cache-control": immutable,
      "x-accel-buffering": "no",
    });
    if (request.method === "HEAD") return void response.end();
    if (before) response.write(before);
    let sent = 0;
    const send = () => {
      for (const part of segment.parts.slice(sent)) {
        const bytes = partBytes(rendition, segment, part);
        if (bytes instanceof Promise) return leave(response); // an open segment is never so old
        viewer.bytes += bytes.length;
        response.write(bytes);
        sent++;
      }
      if (segment.torn)
        response.destroy(); // so that nobody takes it for the whole
      else if (segment.closed) leave(response);
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

/** The source is `v0`, a quality beside it `v-` and its name; sound says nothing of the picture. */
function noteQuality(viewer: Viewer, key: string): void {
  if (!key.startsWith("v")) return;
  const rendition = key.startsWith("v-") ? key.slice(2) : "source";
  if (viewer.rendition !== undefined && viewer.rendition !== rendition) viewer.moves++;
  viewer.rendition = rendition;
}

function checkWaiting({ waiting }: Viewer): void {
  if (waiting >= maxWaitingPerViewer)
    throw new HttpError(429, "http/waiting", "too many requests of this viewer wait already");
}

function headerText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** The part that will come next: in the open segment, or the first of the one after. */
function isNext({ segments }: Rendition, msn: number, index: number): boolean {
  const last = segments.at(-1);
  if (!last) return false;
  return last.closed
    ? msn === last.msn + 1 && index === 0
    : (msn === last.msn && index === last.parts.length) || (msn === last.msn + 1 && index === 0);
}

function notThere({ response, cors }: Ask): void {
  response.writeHead(404, { ...cors, "cache-control": "no-store", "content-length": 0 }).end();
}
