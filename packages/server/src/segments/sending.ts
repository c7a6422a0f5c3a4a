import { HttpError, sendError } from "../http/http-error.ts";
import { type Ask, answerAll, type Content } from "./answer.ts";
import type { Rendition, Segment } from "./rendition.ts";

const immutable = "public, max-age=86400, immutable";

/** Sends a complete file of a rendition to all who asked for it, as soon as its bytes are there. */
export function send(
  asks: readonly Ask[],
  rendition: Rendition,
  name: string | undefined,
  bytes: Uint8Array | Promise<Uint8Array>,
): void {
  const nonce = asks[0]?.presentation.nonce ?? "";
  if (bytes instanceof Uint8Array) return answerAll(asks, mediaContent(nonce, rendition, name, bytes));
  bytes.then(
    (read) => answerAll(asks, mediaContent(nonce, rendition, name, read)),
    (error: unknown) => {
      if (error instanceof HttpError) sendErrors(asks, error);
      else asks.forEach(unavailable); // the disk gives nothing
    },
  );
}

export function sendErrors(asks: readonly Ask[], error: HttpError): void {
  for (const { response, cors } of asks) sendError(response, error, cors);
}

/** A rendition's segment of this number. */
export function segmentAt({ segments }: Rendition, msn: number): Segment | undefined {
  const first = segments[0];
  return first && segments[msn - first.msn];
}

/** What is answered with these bytes. */
const contents = new WeakMap<Uint8Array, Content>();

/** Without a name it is not to be kept: another time there may be something else. */
function mediaContent(nonce: string, { kind }: Rendition, name: string | undefined, bytes: Uint8Array): Content {
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
