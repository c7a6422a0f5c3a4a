import { HttpError, sendError } from "../http/http-error.ts";
import { type Ask, answer, type Content } from "./answer.ts";
import type { Presentation } from "./presentation.ts";
import type { Rendition, Segment } from "./rendition.ts";

const immutable = "public, max-age=86400, immutable";

/** Sends a complete file of a rendition, as soon as its bytes are there. */
export function send(
  ask: Ask,
  rendition: Rendition,
  name: string | undefined,
  bytes: Uint8Array | Promise<Uint8Array>,
): void {
  if (bytes instanceof Uint8Array) return answer(ask, mediaContent(ask.presentation, rendition, name, bytes));
  bytes.then(
    (read) => answer(ask, mediaContent(ask.presentation, rendition, name, read)),
    (error: unknown) => {
      if (error instanceof HttpError) sendError(ask.response, error, ask.cors);
      else unavailable(ask); // the disk gives nothing
    },
  );
}

/** A rendition's segment of this number. */
export function segmentAt({ segments }: Rendition, msn: number): Segment | undefined {
  const first = segments[0];
  return first && segments[msn - first.msn];
}

/** What is answered with these bytes. */
const contents = new WeakMap<Uint8Array, Content>();

/** Without a name it is not to be kept: another time there may be something else. */
function mediaContent(
  { nonce }: Presentation,
  { kind }: Rendition,
  name: string | undefined,
  bytes: Uint8Array,
): Content {
  const type = `${kind}/mp4`;
  if (name === undefined) return { type, cache: "no-store", etag: `"${nonce}-${bytes.length}"`, bytes };
  const etag = `"${nonce}-${name}"`;
  let content = contents.get(bytes);
  if (content?.etag !== etag) {
    content = { type, cache: immutable, etag, bytes };
    contents.set(bytes, content);
  }
  return content;
}

/** The answer to who asks for a segment that is not there. */
export function gone(): HttpError {
  return new HttpError(404, "segment/not-found", "this segment is not there: it is too old, or not made yet");
}

/** The answer to who has waited too long. */
export function unavailable({ response, cors }: Ask): void {
  response.writeHead(503, { ...cors, "retry-after": "1", "cache-control": "no-store", "content-length": 0 }).end();
}
