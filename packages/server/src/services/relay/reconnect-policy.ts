import { isIP } from "node:net";
import { isPublicAddress } from "../../config/network.ts";
import { now } from "../../core/clock.ts";

/** Where a server that we publish to, or pull from, may send us. */
export type ReconnectRules = {
  /** Hosts besides its own: a name, `*.example.com` for those below one, or `*` for any. */
  readonly hosts: readonly string[];
  /** Addresses that are not public may be among them. Names are looked at when they are looked up. */
  readonly private: boolean;
  /** So often within `perMs`. */
  readonly most: number;
  readonly perMs: number;
};

/** Where to go, or why not: then the connection that is there stays. */
export type ReconnectVerdict =
  | { readonly follow: string }
  | { readonly refused: "address" | "unencrypted" | "host" | "private" | "often" };

/** What is asked for in a server's address: `tls`, a host in its one form, and the rest. */
type Target = { readonly secure: boolean; readonly host: string; readonly url: string };

/**
 * Judges the ReconnectRequests that a relay gets as a client: the other server is a stranger, and must not lead us around in our own network, nor in circles.
 * One for each relay.
 */
export class ReconnectPolicy {
  readonly #rules: () => ReconnectRules;
  readonly #clock: () => number;
  readonly #followed: number[] = [];

  constructor(rules: () => ReconnectRules, clock: () => number = now) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /** `current` is the relay's own address, `wanted` the one that was asked for, both whole. */
  judge(current: string, wanted: string): ReconnectVerdict {
    const [from, to] = [targetOf(current), targetOf(wanted)];
    if (!from || !to) return { refused: "address" };
    if (from.secure && !to.secure) return { refused: "unencrypted" };
    const { hosts, private: mayBePrivate, most, perMs } = this.#rules();
    if (to.host !== from.host) {
      if (!hosts.some((each) => fits(each.toLowerCase(), to.host))) return { refused: "host" };
      const literal = to.host.replace(/^\[|\]$/g, "");
      if (!mayBePrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) return { refused: "private" };
    }
    const at = this.#clock();
    while (this.#followed.length > 0 && at - (this.#followed[0] ?? 0) >= perMs) this.#followed.shift();
    if (this.#followed.length >= most) return { refused: "often" };
    this.#followed.push(at);
    return { follow: to.url };
  }
}

/** Read as an HTTP address, because only of those a host has one form: 2130706433 is 127.0.0.1. */
function targetOf(address: string): Target | undefined {
  const [, scheme = "", rest = ""] = /^(rtmps?):(\/\/[^/\\?#].*)$/i.exec(address) ?? [];
  const parsed = scheme === "" ? null : URL.parse(`http:${rest}`);
  if (!parsed || parsed.hostname === "" || parsed.username !== "" || parsed.password !== "") return undefined;
  // Port 80 is HTTP's own, which the parser leaves out.
  const port = /^\/\/(?:[^/?#@]*@)?(?:\[[^\]]*\]|[^/?#:]*):(\d+)/.exec(rest)?.[1];
  const authority = port === undefined ? parsed.hostname : `${parsed.hostname}:${Number(port)}`;
  const name = scheme.toLowerCase();
  return {
    secure: name === "rtmps",
    host: parsed.hostname,
    url: `${name}://${authority}${parsed.pathname}${parsed.search}`,
  };
}

function fits(pattern: string, host: string): boolean {
  if (pattern === "*") return true;
  return pattern.startsWith("*.") ? host.endsWith(pattern.slice(1)) : pattern === host;
}
