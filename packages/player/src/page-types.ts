import type { SluicePlayer } from "./sluice-player.ts";
import type { PlayerError, State } from "./state.ts";

/** The player's own events. */
export type SluicePlayerEvents = {
  readonly "sluice-state": CustomEvent<{ readonly state: State }>;
  readonly "sluice-protocol": CustomEvent<{ readonly protocol: string }>;
  readonly "sluice-error": CustomEvent<PlayerError>;
};

declare global {
  // TypeScript knows elements and events of pages by interfaces that it lets others add to.
  interface HTMLElementTagNameMap {
    "sluice-player": SluicePlayer;
  }
  interface HTMLElementEventMap extends SluicePlayerEvents {}
}
