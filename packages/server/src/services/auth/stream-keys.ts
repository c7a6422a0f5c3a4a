import { createHash, timingSafeEqual } from "node:crypto";
import type { Access, AccessRequest, Decision } from "../../core/access.ts";

export type StreamKeySettings = { readonly auth: "key" | "open"; readonly streamKeys: readonly string[] };

const maxKey = 512;

/** Everyone may watch; publishing needs one of the configured stream keys as `?key=`, unless `auth: open` is set. */
export function streamKeyAccess(settings: () => StreamKeySettings): Access {
  return {
    decide({ action, query }: AccessRequest): Decision {
      if (action === "play") return { allowed: true };
      const { auth, streamKeys } = settings();
      if (auth === "open") return { allowed: true };
      const shown = query.get("key");
      if (shown === undefined || shown === "") {
        return {
          allowed: false,
          rule: "stream-key/missing",
          reason: "a stream key is needed: append ?key= and the key to the stream name",
        };
      }
      const key = shown.length <= maxKey ? matching(shown, streamKeys) : undefined;
      return key
        ? { allowed: true, key }
        : { allowed: false, rule: "stream-key/wrong", reason: "the stream key is not valid" };
    },
  };
}

/** The fingerprint of the key that was shown, if it is one of ours. Hashing first makes all lengths equal; every key is compared, so time tells nothing. */
function matching(shown: string, keys: readonly string[]): string | undefined {
  const digest = sha256(shown);
  let found: string | undefined;
  for (const key of keys) if (timingSafeEqual(sha256(key), digest)) found = digest.toString("hex").slice(0, 16);
  return found;
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
