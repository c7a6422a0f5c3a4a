import type { StreamName } from "./stream-name.ts";

/** Who asks, for what. The name is canonical; everything else is as the client sent it and is not to be logged. */
export type AccessRequest = {
  readonly action: "publish" | "play";
  readonly stream: StreamName;
  readonly protocol: string;
  /** The peer's address, without a port. */
  readonly address: string;
  readonly query: ReadonlyMap<string, string>;
  /** What it said beside the address, by lower-case name: `authorization`, `origin`, `referer`, `user-agent`. Where a protocol has other words for these, theirs. */
  readonly headers: ReadonlyMap<string, string>;
  /** The path as it was asked for (`/live/cam.m3u8`), where the protocol has one: signatures may go over it. */
  readonly path?: string;
  /** Whose password it has proved to know when it connected. */
  readonly user?: string;
};

/** A right to publish or to watch. It ends when its time has come, when it is revoked, or when too many use it; the session that rests on it ends with it. */
export type Grant = {
  readonly allowed: true;
  /** A fingerprint of the publisher's right: who shows the same may take over. */
  readonly key?: string;
  /** What it rests on, as a fingerprint (`fingerprint`): by it rights are revoked and counted. */
  readonly id?: string;
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAt?: number;
  /** How many sessions there may be at once with this `id`. */
  readonly sessions?: number;
  /** The stream that is meant, where it has another name inside. */
  readonly stream?: StreamName;
  /** How much the session may carry, in bits a second. */
  readonly bitrate?: number;
};

/** No, with the rule that said so and words for the client. */
export type Denial = { readonly allowed: false; readonly rule: string; readonly reason: string };

export type Decision = Grant | Denial;

/** What an encoder says when it connects that can do no more than show a user and prove a password. */
export type ConnectRequest = {
  readonly app: string;
  readonly protocol: string;
  readonly address: string;
  readonly query: ReadonlyMap<string, string>;
};

/** `user`: it proved this user's password. `refused`: in words that tell the encoder how to go on; with `again` they are a step on the way, not its end. */
export type ConnectAnswer =
  | { readonly user?: string }
  | { readonly refused: string; readonly rule: string; readonly again?: boolean };

/** The one authoriser: every protocol asks it before the first byte of media goes either way. */
export type Access = {
  decide(request: AccessRequest): Promise<Decision> | Decision;
  /** Asked for a connection that wants to publish, before it names a stream; where it is absent all may connect. */
  connect?(request: ConnectRequest): Promise<ConnectAnswer> | ConnectAnswer;
};
