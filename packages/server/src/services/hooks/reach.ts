import { lookup as systemLookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "../../config/network.ts";

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

/** Throws for a host that is written as an address and may not be posted to. Names are looked at when they are looked up. */
export function checkHost({ protocol, hostname }: Pick<URL, "protocol" | "hostname">, rules: ReachRules): void {
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
  const isOpen = isPublicAddress(text);
  if (!isOpen && !rules.private)
    throw new Unreachable("hooks/address", "it leads to an address that is not public; `private: true` allows that");
  if (isOpen && protocol === "http:" && !rules.plain)
    throw new Unreachable(
      "hooks/plain",
      "http:// leads to a public address; use https://, or `plain: true` allows that",
    );
}

function ask(name: string): ReturnType<Resolve> {
  return systemLookup(name, { all: true });
}
