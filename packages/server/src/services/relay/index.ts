import type { Events } from "../../core/events.ts";
import type { ApiRoute } from "../../http/api.ts";
import { type PullSettings, Pulls, type PullsParts } from "./pulls.ts";
import { Pushes, type PushesParts, type PushSettings } from "./pushes.ts";
import { type Direction, type RelayRoom, type RelayState, relayStates } from "./relay.ts";
import { relayRoutes } from "./routes.ts";

export type RelaysParts = Pick<PullsParts, "hub" | "sessions" | "apps" | "puller" | "log" | "resolve"> &
  Pick<PushesParts, "pusher"> & {
    readonly events: Events;
    readonly pushes: (app: string) => readonly PushSettings[];
    readonly pull: (app: string) => PullSettings | undefined;
  };

/** All relays of one direction together. */
export type RelayFigures = {
  readonly bytes: number;
  readonly restarts: number;
  readonly states: Readonly<Record<RelayState, number>>;
};

export type Relays = {
  readonly routes: readonly ApiRoute[];
  figures(direction: Direction): RelayFigures;
  /** The server listens, or its configuration has changed. */
  changed(): void;
  close(): void;
};

/** Sends streams to other servers, and fetches them from there. */
export function openRelays(parts: RelaysParts): Relays {
  const totals = { push: { bytes: 0, restarts: 0 }, pull: { bytes: 0, restarts: 0 } };
  const room: RelayRoom = { ...parts, totals };
  const pushes = new Pushes({ ...parts, ...room, settings: parts.pushes });
  const pulls = new Pulls({ ...parts, ...room, settings: parts.pull });
  const leave = parts.events.subscribe((event) => {
    if (event.kind === "stream" && event.state !== "waiting") pushes.look(event.stream);
  });
  return {
    routes: relayRoutes(pushes, pulls),
    figures(direction) {
      const { relays } = direction === "push" ? pushes : pulls;
      const { bytes, restarts } = totals[direction];
      const states = Object.fromEntries(relayStates.map((state) => [state, 0])) as Record<RelayState, number>;
      for (const { state } of relays) states[state]++;
      return { bytes: bytes + relays.reduce((sum, { bytesNow }) => sum + bytesNow, 0), restarts, states };
    },
    changed: () => {
      pushes.changed();
      pulls.changed();
    },
    close: () => {
      leave();
      pushes.close();
      pulls.close();
    },
  };
}
