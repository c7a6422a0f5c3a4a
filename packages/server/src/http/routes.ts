import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Beginning } from "../core/beginning.ts";
import type { StreamName } from "../core/stream-name.ts";

/** A request for a stream's media, its name canonical already. */
export type MediaRequest = {
  readonly request: IncomingMessage;
  readonly stream: StreamName;
  /** Each name's first value; repeated names do not count. */
  readonly query: ReadonlyMap<string, string>;
  readonly address: string;
  /** How the session that it asks for has begun so far. */
  readonly beginning: Beginning;
};

/** What answers for a kind of media. A refusal is thrown as an `HttpError`. CORS and origin have been dealt with. */
export type MediaRoute = {
  /** Its answer is a document, and uses no more of request and response than a `PlainAnswer` has. */
  readonly isDocument?: boolean;
  /** GET and HEAD. */
  get(media: MediaRequest, response: ServerResponse): Promise<void>;
  /** A WebSocket handshake whose origin is allowed. */
  upgrade?(media: MediaRequest, socket: Duplex, head: Buffer): Promise<void>;
};

/** A request for what belongs to a stream: `/app/name/-/` and the rest. No stream's name has a segment `-`. The method has been dealt with. */
export type Resource = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The stream's path, as it was sent: it is not canonical, and names a stream only if it is the same as one's. */
  readonly path: string;
  /** What stands behind `/-/`, as it was sent. */
  readonly rest: string;
  readonly query: ReadonlyMap<string, string>;
  /** Headers that go with every answer. */
  readonly cors: Readonly<Record<string, string>>;
};

/** Where protocols put their routes. `/app/name.flv` goes to the route of `.flv`. */
export type Routes = {
  /** Connections whose HTTP answer is a stream, which nothing follows. */
  readonly streaming: WeakSet<Duplex>;
  media(suffix: string, route: MediaRoute): void;
  /** The handler answers at once or later; what it throws is answered as an error. */
  resources(handler: (resource: Resource) => void): void;
};
