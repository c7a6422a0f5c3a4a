import type { Config } from "../config/schema.ts";
import type { Host } from "../protocol.ts";
import { protocolFor } from "../protocols/index.ts";
import { openRelays, type RelaysParts } from "../services/relay/index.ts";

type Lent = Pick<RelaysParts, "hub" | "sessions" | "events" | "log">;

/** Sends streams to other servers and fetches them from there, as the configuration says, over the protocols that can. */
export function startRelays(lent: Lent, now: () => { readonly config: Config; readonly host: Host }) {
  return openRelays({
    ...lent,
    settings: (app) => now().config.apps[app]?.push ?? [],
    pusher: (scheme) => {
      const { push } = protocolFor(scheme) ?? {};
      return push && ((stream, order, owner) => push(now().host, stream, order, owner));
    },
  });
}
