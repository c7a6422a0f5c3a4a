import type { Events } from "../../core/events.ts";
import type { Sessions } from "../../core/sessions.ts";
import { Pushes, type PushesParts } from "./pushes.ts";
import type { Direction, RelayRoom } from "./relay.ts";

export type RelaysParts = Omit<PushesParts, "totals" | "events"> & {
  readonly events: Events;
  readonly sessions: Sessions;
};

/** Sends streams to other servers. */
export function openRelays(parts: RelaysParts) {
  const totals: Record<Direction, { bytes: number; restarts: number }> = {
    push: { bytes: 0, restarts: 0 },
    pull: { bytes: 0, restarts: 0 },
  };
  const room: RelayRoom = { ...parts, totals };
  const pushes = new Pushes({ ...parts, ...room });
  const leave = parts.events.subscribe((event) => {
    if (event.kind === "stream" && event.state !== "waiting") pushes.look(event.stream);
  });
  return {
    routes: [],
    changed: () => pushes.changed(),
    close: () => {
      leave();
      pushes.close();
    },
  };
}
