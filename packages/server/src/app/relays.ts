import { milliseconds } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import type { Host } from "../protocol.ts";
import { protocolFor } from "../protocols/index.ts";
import { openRelays, type Relays, type RelaysParts } from "../services/relay/index.ts";

type Lent = Pick<RelaysParts, "hub" | "sessions" | "events" | "log">;

/** Sends streams to other servers and fetches them from there, as the configuration says, over the protocols that can. */
export function startRelays(lent: Lent, now: () => { readonly config: Config; readonly host: Host }): Relays {
  return openRelays({
    ...lent,
    apps: () => Object.keys(now().config.apps),
    pushes: (app) => now().config.apps[app]?.push ?? [],
    pull: (app) => {
      const pull = now().config.apps[app]?.pull;
      return pull && { ...pull, idleMs: milliseconds(pull.idle) };
    },
    pusher: (scheme) => {
      const { push } = protocolFor(scheme) ?? {};
      return push && ((stream, order, owner) => push(now().host, stream, order, owner));
    },
    puller: (scheme) => {
      const { pull } = protocolFor(scheme) ?? {};
      return pull && ((into, order, owner) => pull(now().host, into, order, owner));
    },
  });
}
