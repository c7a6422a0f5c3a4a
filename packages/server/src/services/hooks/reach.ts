import { lookup as systemLookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { type Address, address, contains, type Network, network } from "../../config/network.ts";

/** What a hook's address may lead to. */
export type ReachRules = {
  readonly private: boolean;
  /** http:// may lead to public addresses. */
  readonly plain: boolean;
};

/** An address may not be posted to. Trying again is of no use. */
export class Unreachable extends Error {
  readonly code: "hooks/address" | "hooks/plain";

  constructor(code: Unreachable["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export type Resolve = (name: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** What is not reachable from everywhere (IANA's special-purpose registries, RFC 6890), of the addresses of IPv4. */
const special4 = networks(
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
);
/** IPv6 has one part that is for everywhere; these of it are not, or lead on to an IPv4 address that nobody looks at. */
const global6 = networks("2000::/3");
const special6 = networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");
/** IPv4 addresses as IPv6 writes them for translators (RFC 6052). */
const translated6 = networks("64:ff9b::/96");

/** Whether a text is an IP address that is reachable from everywhere. */
function isPublic(text: string): boolean {
  const found = address(text);
  return found !== undefined && isReachableEverywhere(found);
}

/** Throws for a host that is written as an address and may not be posted to. Names are looked at when they are looked up. */
export function checkHost({ protocol, hostname }: URL, rules: ReachRules): void {
  const literal = hostname.replace(/^\[|\]$/g, "");
  if (isIP(literal) !== 0) checkAddress(literal, protocol, rules);
}

/** Looks a name up as Node's sockets want it, once: they connect to what was looked at here, and to nothing else. */
export function checkedLookup(protocol: string, rules: ReachRules, resolve: Resolve = ask): LookupFunction {
  return (name, { all, family }, done) => {
    resolve(name).then(
      (found) => {
        try {
          for (const each of found) checkAddress(each.address, protocol, rules);
        } catch (error) {
          return done(error as Error, "");
        }
        const wanted = found.filter((each) => !family || String(family).endsWith(String(each.family)));
        const [first] = wanted;
        if (!first) return done(new Error(`${name} has no address`), "");
        if (all) return done(null, [...wanted]);
        done(null, first.address, first.family);
      },
      (error: Error) => done(error, ""),
    );
  };
}

function checkAddress(text: string, protocol: string, rules: ReachRules): void {
  const isOpen = isPublic(text);
  if (!isOpen && !rules.private)
    throw new Unreachable("hooks/address", "it leads to an address that is not public; `private: true` allows that");
  if (isOpen && protocol === "http:" && !rules.plain)
    throw new Unreachable(
      "hooks/plain",
      "http:// leads to a public address; use https://, or `plain: true` allows that",
    );
}

function isReachableEverywhere(found: Address): boolean {
  if (found.family === 4) return !isIn(special4, found);
  if (isIn(translated6, found)) return isReachableEverywhere({ family: 4, value: found.value & 0xffffffffn });
  return isIn(global6, found) && !isIn(special6, found);
}

function isIn(list: readonly Network[], found: Address): boolean {
  return list.some((each) => contains(each, found));
}

function networks(...texts: readonly string[]): readonly Network[] {
  return texts.flatMap((text) => network(text) ?? []);
}

function ask(name: string): ReturnType<Resolve> {
  return systemLookup(name, { all: true });
}
