import type { AccessRequest, Decision, Denial, Grant } from "../../core/access.ts";
import { fingerprint } from "../../core/grants.ts";
import { isOneOf, secretHash } from "../../core/secret.ts";
import type { Link } from "./link.ts";
import { fitsPattern } from "./stream-pattern.ts";

/** A stream key as it is kept: what it opens, and the SHA-256 of it in hexadecimal digits. */
export type KeptKey = {
  readonly id: string;
  readonly app: string;
  /** A name, or a pattern with `*`. */
  readonly stream: string;
  readonly expiresAt?: number | undefined;
  readonly disabledAt?: number | undefined;
};

export type StreamKeySources = {
  /** Those of the configuration open every stream. */
  readonly configured: () => readonly string[];
  /** Those that are kept in records, each for some streams. */
  readonly kept?: (hash: string) => Promise<KeptKey | undefined>;
};

const maxKey = 512;

/** Publishing with a stream key, as `?key=…` behind the stream name. */
export function keyLink({ configured, kept }: StreamKeySources): Link {
  return {
    name: "key",
    decide({ stream, query }: AccessRequest): Promise<Decision> | Decision | undefined {
      const shown = query.get("key");
      if (shown === undefined || shown === "") return undefined;
      if (shown.length > maxKey) return wrong;
      if (isOneOf(shown, configured())) return grant(fingerprint("key", shown));
      return kept ? kept(secretHash(shown)).then((key) => decided(key, stream)) : wrong;
    },
  };
}

/** The right that a kept key gives is named by its record, so that it can be revoked by who does not know the key. */
export function keyGrantId({ id }: { readonly id: string }): string {
  return fingerprint("kept key", id);
}

export const keyMissing: Denial = {
  allowed: false,
  rule: "stream-key/missing",
  reason: "a stream key is needed: append ?key= and the key to the stream name",
};

/** One answer for a key that is none, that is too old, or that is for other streams: who tries learns nothing. */
const wrong: Denial = { allowed: false, rule: "stream-key/wrong", reason: "the stream key is not valid" };

function decided(key: KeptKey | undefined, stream: AccessRequest["stream"]): Decision {
  if (!key) return wrong;
  const isOver = key.disabledAt !== undefined || (key.expiresAt !== undefined && key.expiresAt <= Date.now());
  if (isOver || !fitsPattern(`${key.app}/${key.stream}`, stream)) return wrong;
  return grant(keyGrantId(key), key.expiresAt);
}

function grant(id: string, expiresAt?: number): Grant {
  return { allowed: true, key: id, id, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
