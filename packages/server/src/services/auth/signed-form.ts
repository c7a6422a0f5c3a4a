import { address, addressText } from "../../config/network.ts";
import type { AccessRequest } from "../../core/access.ts";

export type SignedSettings = {
  readonly form: "sluice" | "nginx" | "wowza" | "node-media-server";
  readonly secret: string;
  /** nginx: what is hashed. */
  readonly template: string;
  /** wowza: what its parameters begin with, and the hash. */
  readonly prefix: string;
  readonly hash: "sha256" | "sha384" | "sha512";
  /** The signature holds for the viewer's address only. */
  readonly bindAddress: boolean;
  readonly longest: string;
};

/** What an address shows. Times are in seconds since 1970. */
export type ShownSignature = {
  readonly signature: string;
  /** What the signature may be, for this request and no other. */
  readonly right: readonly string[];
  readonly start?: number | undefined;
  readonly end?: number | undefined;
};

/** One way to sign addresses. */
export type SignedForm = {
  /** What it can be used for. */
  readonly actions: readonly AccessRequest["action"][];
  /** What of the settings keeps it from being used safely, in words; undefined when nothing does. */
  problem(settings: SignedSettings): string | undefined;
  /** Undefined where no signature is shown; "malformed" where one is that could be none. */
  read(request: AccessRequest, settings: SignedSettings): ShownSignature | "malformed" | undefined;
};

/** A time of day as it is written into addresses; undefined when it is none. */
export function secondsIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

/** An address in the words that everybody uses for it: IPv4 in IPv6's clothes is IPv4. */
export function sameAddress(text: string): string {
  const found = address(text);
  return found ? addressText(found) : text;
}
