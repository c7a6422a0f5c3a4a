import { SluicePlayer } from "./sluice-player.ts";

export type { Quality } from "./engine.ts";
export type { SluicePlayerEvents } from "./page-types.ts";
export { SluicePlayer } from "./sluice-player.ts";
export type { PlayerError, State } from "./state.ts";
export type { Stats } from "./stats.ts";
export type { Way } from "./ways.ts";

if (!customElements.get("sluice-player")) customElements.define("sluice-player", SluicePlayer);
