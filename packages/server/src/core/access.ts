import type { StreamName } from "./stream-name.ts";

/** Who asks, for what. The name is canonical; everything else is as the client sent it and is not to be logged. */
export type AccessRequest = {
  readonly action: "publish" | "play";
  readonly stream: StreamName;
  readonly protocol: string;
  /** The peer's address, without a port. */
  readonly address: string;
  readonly query: ReadonlyMap<string, string>;
};

/** Yes, with a fingerprint of what was shown (never the secret itself); or no, with the rule that said so and words for the client. */
export type Decision =
  | { readonly allowed: true; readonly key?: string }
  | { readonly allowed: false; readonly rule: string; readonly reason: string };

/** The one authoriser: every protocol asks it before the first byte of media goes either way. */
export type Access = { decide(request: AccessRequest): Promise<Decision> | Decision };
