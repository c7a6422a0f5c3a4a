import type { Access } from "../../core/access.ts";
import type { ApiRoute } from "../../http/api.ts";
import { Drain, type DrainParts } from "./drain.ts";
import { Moves } from "./moves.ts";
import { drainRoutes } from "./routes.ts";

export type OpenDrain = {
  readonly routes: readonly ApiRoute[];
  readonly isDraining: () => boolean;
  /** The authoriser, which says no to newcomers while the server is emptied. */
  guard(access: Access): Access;
  /** Sends who can go there, and waits for them for so long at most. */
  leave(address: string, graceMs: number): Promise<void>;
  close(): void;
};

/** Moving clients to another server. */
export function openDrain(parts: DrainParts): OpenDrain {
  const drain = new Drain(parts);
  const moves = new Moves(parts.sessions);
  return {
    routes: drainRoutes({ sessions: parts.sessions, moves, drain }),
    isDraining: () => drain.isDraining,
    guard: (access) => drain.guard(access),
    async leave(address, graceMs) {
      drain.begin({ address, reason: "the server stops", graceMs });
      await drain.left();
    },
    close: () => {
      drain.close();
      moves.close();
    },
  };
}
