import { type Reach, RelayRefusal } from "../../core/relaying.ts";
import { checkedLookup, checkHost, type Resolve, Unreachable } from "../hooks/reach.ts";

/** A relay is no HTTP request, so what it has to do with is the address alone. */
const protocol = "tcp:";

/** Which hosts a relay may connect to: those with public addresses, or any where `mayBePrivate`. */
export function relayReach(mayBePrivate: boolean, resolve?: Resolve): Reach {
  const rules = { private: mayBePrivate, plain: true };
  const lookup = checkedLookup(protocol, rules, resolve);
  return {
    check: (host) => {
      try {
        checkHost({ protocol, hostname: host }, rules);
      } catch (error) {
        throw refusalOf(error);
      }
    },
    lookup: (name, options, done) => {
      lookup(name, options, (error, ...found) => done(error && (refusalOf(error) as Error), ...found));
    },
  };
}

function refusalOf(error: unknown): unknown {
  return error instanceof Unreachable ? new RelayRefusal(error.message) : error;
}
