import type { Events } from "../core/events.ts";
import type { Hub } from "../core/hub.ts";
import type { Sessions } from "../core/sessions.ts";
import type { ApiRoute } from "../http/api.ts";
import { srsRoutes } from "../services/compat-srs/routes.ts";
import { audienceRoutes } from "../services/live/audience.ts";
import { Feed } from "../services/live/feed.ts";
import { nodeRoutes } from "../services/live/node.ts";
import { liveRoutes } from "../services/live/routes.ts";
import { watchHealth } from "../services/publishers/index.ts";

export type LiveParts = {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly events: Events;
  readonly ports: () => Readonly<Record<string, number>>;
};

/** What the API shows of the running server. */
export function openLive({ hub, sessions, events, ports }: LiveParts): {
  readonly routes: readonly ApiRoute[];
  close(): void;
} {
  const health = watchHealth(hub);
  const feed = new Feed(events);
  const node = nodeRoutes({ hub, sessions, ports });
  const audience = audienceRoutes({ hub, sessions, events });
  const srs = srsRoutes({ hub, sessions, events, health });
  return {
    routes: [...liveRoutes({ hub, sessions, health, feed }), ...audience.routes, ...node.routes, ...srs.routes],
    close: () => {
      health.close();
      feed.close();
      node.close();
      audience.close();
      srs.close();
    },
  };
}
