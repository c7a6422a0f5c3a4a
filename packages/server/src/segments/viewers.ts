import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Grant } from "../core/access.ts";
import { now } from "../core/clock.ts";
import type { SessionFigures, Sessions } from "../core/sessions.ts";
import type { StreamName } from "../core/stream-name.ts";

/** Someone who fetches a stream piece by piece. */
export type Viewer = {
  readonly stream: StreamName;
  bytes: number;
  /** The quality of the picture that it asked for last, and how often that was another one than before. */
  rendition: string | undefined;
  moves: number;
  /** How many of its requests wait for something. */
  waiting: number;
  /** When it last asked for something. */
  at: number;
  close(reason: string): void;
};

/** `player`: what its player calls this playback (CTA-5004, `sid`). */
export type ViewerFacts = {
  readonly address: string;
  readonly agent: string | undefined;
  readonly player: string | undefined;
};

/** The session id in a CMCD object (CTA-5004, 3), as it comes in a query or a header. */
export function playerIn(cmcd: string | undefined): string | undefined {
  return /(?:^|,)sid="([\x21\x23-\x7e]{1,64})"/.exec(cmcd ?? "")?.[1];
}

/** What a token begins with, by the protocol that gave it out. */
const letters = { hls: "h", dash: "d", thumbnails: "t" } as const;
const protocols: ReadonlyMap<string, string> = new Map(
  Object.entries(letters).map(([protocol, letter]) => [letter, protocol]),
);

const idBytes = 9;
const macBytes = 12;
const dayMs = 24 * 60 * 60 * 1000;
/** A token that has been shown opens a session again for so long: after a restart of the server, or a viewer's long pause. */
const validMs = dayMs;
const idleMs = 30_000;
const sweepMs = 5_000;
const maxViewers = 100_000;
const maxToken = 128;
const maxRevoked = 10_000;

/**
 * The viewers of protocols that have no connection of their own. A playlist gives out a token, which is in the path of everything that belongs to it, so that what it names is the
 * same for all viewers and holds no secret. It is signed for one stream: nothing is kept until it is used.
 */
export class Viewers {
  readonly #secret: Buffer;
  readonly #sessions: Sessions;
  readonly #viewers = new Map<string, Viewer>();
  /** By stream and player. */
  readonly #players = new Map<string, Viewer>();
  readonly #revoked = new Set<string>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(secret: Buffer, sessions: Sessions) {
    this.#secret = secret;
    this.#sessions = sessions;
    this.#sweeper = setInterval(() => this.#sweep(), sweepMs).unref();
  }

  /** A token for a viewer who may watch the stream. What its right is bound to goes with it, so that nothing has to be kept. */
  token(protocol: keyof typeof letters, stream: StreamName, grant: Grant): string {
    const id = randomBytes(idBytes).toString("base64url");
    const at = Math.floor(Date.now() / 1000).toString(36);
    const text = `${letters[protocol]}${at}.${id}${boundTo(grant)}`;
    return `${text}.${this.#mac(text, stream.path).toString("base64url")}`;
  }

  /** Who is here with this token, for the stream at `path`. */
  known(token: string, path: string): Viewer | undefined {
    const viewer = this.#viewers.get(token);
    if (viewer?.stream.path !== path) return undefined;
    viewer.at = now();
    return viewer;
  }

  /** Likewise, or who begins with it; undefined when the token is not one of ours, is too old, or was revoked. */
  find(token: string, stream: StreamName, facts: () => ViewerFacts): Viewer | undefined {
    if (this.#viewers.has(token)) return this.known(token, stream.path);
    const grant = this.#grant(token, stream.path);
    return grant && this.#open(token, stream, grant, facts());
  }

  isWatching(token: string): boolean {
    return this.#viewers.has(token);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const viewer of this.#viewers.values()) viewer.close("the server stops");
  }

  #open(token: string, stream: StreamName, grant: Grant, { address, agent, player }: ViewerFacts): Viewer | undefined {
    if (this.#viewers.size >= maxViewers || this.#sessions.grants.refusal(grant)) return undefined;
    const key = player === undefined ? undefined : `${stream.path} ${player}`;
    // The same playback with a new token, after a reload of the multivariant playlist, is one viewer.
    if (key !== undefined) this.#players.get(key)?.close("the player loaded the stream anew");
    const close = (reason: string) => {
      if (!this.#viewers.delete(token)) return;
      if (key !== undefined) this.#players.delete(key);
      ended(reason);
    };
    const viewer: Viewer = { stream, bytes: 0, rendition: undefined, moves: 0, waiting: 0, at: now(), close };
    const ended = this.#sessions.open({
      protocol: protocols.get(token.charAt(0)) ?? "hls",
      role: "viewer",
      stream,
      address,
      grant,
      agent,
      ...(player === undefined ? {} : { player }),
      figures: () => figuresOf(viewer),
      close: (reason) => {
        if (this.#revoked.size < maxRevoked) this.#revoked.add(token);
        close(reason);
      },
    });
    this.#viewers.set(token, viewer);
    if (key !== undefined) this.#players.set(key, viewer);
    return viewer;
  }

  /** The right that a token carries; undefined when the token is not one of ours, is too old, or was revoked. */
  #grant(token: string, path: string): Grant | undefined {
    const cut = token.lastIndexOf(".");
    const text = token.slice(0, cut);
    const mac = Buffer.from(token.slice(cut + 1), "base64url");
    if (cut < 0 || token.length > maxToken || mac.length !== macBytes || this.#revoked.has(token)) return undefined;
    if (!timingSafeEqual(mac, this.#mac(text, path))) return undefined;
    return Date.now() - Number.parseInt(text.slice(1), 36) * 1000 < validMs ? grantIn(text) : undefined;
  }

  #mac(text: string, path: string): Buffer {
    return createHmac("sha256", this.#secret).update(`${text} ${path}`).digest().subarray(0, macBytes);
  }

  #sweep(): void {
    const at = now();
    for (const viewer of this.#viewers.values()) {
      if (viewer.waiting === 0 && at - viewer.at > idleMs) viewer.close("the viewer left");
    }
  }
}

function figuresOf({ bytes, rendition, moves }: Viewer): SessionFigures {
  return rendition === undefined ? { bytes } : { bytes, rendition, moves };
}

/** `.end-sessions-bitrate-id`, each empty where it is not set; nothing where none is. */
function boundTo({ expiresAt, sessions, bitrate, id }: Grant): string {
  if (expiresAt === undefined && sessions === undefined && bitrate === undefined && id === undefined) return "";
  const numbers = [expiresAt, sessions, bitrate].map((each) =>
    each === undefined ? "" : Math.ceil(each).toString(36),
  );
  return `.${numbers.join("-")}-${id ?? ""}`;
}

function grantIn(text: string): Grant {
  const [, , bound = ""] = text.split(".");
  const [, expiresAt, sessions, bitrate, id] = /^([0-9a-z]*)-([0-9a-z]*)-([0-9a-z]*)-([\w-]*)$/.exec(bound) ?? [];
  return {
    allowed: true,
    ...(id ? { id } : {}),
    ...(expiresAt ? { expiresAt: Number.parseInt(expiresAt, 36) } : {}),
    ...(sessions ? { sessions: Number.parseInt(sessions, 36) } : {}),
    ...(bitrate ? { bitrate: Number.parseInt(bitrate, 36) } : {}),
  };
}
