import type { Events } from "../core/events.ts";
import type { Log } from "../core/log.ts";
import type { ApiRoute } from "../http/api.ts";
import { srsRoutes } from "../services/compat-srs/routes.ts";
import { type OpenDrain, openDrain } from "../services/drain/index.ts";
import { audienceRoutes } from "../services/live/audience.ts";
import { Feed } from "../services/live/feed.ts";
import { type NodeParts, nodeRoutes } from "../services/live/node.ts";
import { liveRoutes } from "../services/live/routes.ts";
import { watchHealth } from "../services/publishers/index.ts";

export type LiveParts = NodeParts & { readonly events: Events; readonly log: Log };

/** What the API shows of the running server, and how it is emptied. */
export function openLive({ hub, sessions, events, log, delay, ports }: LiveParts): {
  readonly routes: readonly ApiRoute[];
  readonly drain: Omit<OpenDrain, "routes">;
  close(): void;
} {
  const health = watchHealth(hub);
  const feed = new Feed(events);
  const node = nodeRoutes({ hub, sessions, delay, ports });
  const audience = audienceRoutes({ hub, sessions, events });
  const { routes: drainRoutes, ...drain } = openDrain({ hub, sessions, events, log });
  const srs = srsRoutes({ hub, sessions, events, health });
  return {
    routes: [
      ...liveRoutes({ hub, sessions, health, feed }),
      ...audience.routes,
      ...node.routes,
      ...drainRoutes,
      ...srs.routes,
    ],
    drain,
    close: () => {
      drain.close();
      health.close();
      feed.close();
      node.close();
      audience.close();
      srs.close();
    },
  };
}
