import type { AdaptivePlayer, Sight } from "./adaptive-players.ts";

/** One look at one player. */
export type Look = Sight & { readonly at: number };

/** Looks at players again and again, and keeps what was seen; times are seconds since it began. */
export class AdaptiveRecord {
  readonly #players: readonly AdaptivePlayer[];
  readonly #looks = new Map<AdaptivePlayer, Look[]>();
  readonly #from = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(players: readonly AdaptivePlayer[]) {
    this.#players = players;
    for (const player of players) this.#looks.set(player, []);
  }

  get now(): number {
    return (performance.now() - this.#from) / 1_000;
  }
  looks(player: AdaptivePlayer): readonly Look[] {
    return this.#looks.get(player) ?? [];
  }
  height(player: AdaptivePlayer): number {
    return this.looks(player).at(-1)?.height ?? 0;
  }

  start(): void {
    const look = async () => {
      await Promise.all(this.#players.map((player) => this.#lookAt(player)));
      if (!this.#stopped) this.#timer = setTimeout(look, lookMs);
    };
    void look();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #lookAt(player: AdaptivePlayer): Promise<void> {
    try {
      const sight = await player.look();
      this.#looks.get(player)?.push({ ...sight, at: this.now });
    } catch {
      // its page is being closed
    }
  }
}

const lookMs = 100;
/** A player that has moved less than this in the time that is longer stands. */
const standingSeconds = 0.05;
const shortestSeconds = 0.4;

/** For how many seconds of a span of time a player stood still. */
export function stalledSeconds(looks: readonly Look[], from: number, to: number): number {
  const span = looks.filter(({ at, time }) => at >= from && at <= to && time !== undefined);
  let before = span[0];
  let sum = 0;
  for (const look of span) {
    const [passed, moved] = [look.at - (before?.at ?? 0), (look.time ?? 0) - (before?.time ?? 0)];
    if (moved < standingSeconds && look !== span.at(-1)) continue;
    if (passed > shortestSeconds) sum += Math.max(0, passed - moved);
    before = look;
  }
  return sum;
}

/** How many seconds after `from` the player had a picture at least so high; undefined when it had none. */
export function reached(looks: readonly Look[], from: number, height: number): number | undefined {
  const after = looks.find((look) => look.at >= from && look.height >= height);
  return after && after.at - from;
}

/** All that was seen, as lines of comma-separated values: seconds, bits per second of the network, then place and height of each player. */
export function csv(
  record: AdaptiveRecord,
  players: readonly AdaptivePlayer[],
  rateAt: (at: number) => number,
): string {
  const head = ["seconds", "network", ...players.flatMap(({ name }) => [`${name}: place`, `${name}: height`])];
  const rows = record.looks(players[0] as AdaptivePlayer).map(({ at }, index) => {
    const seen = players.map((player) => record.looks(player)[index]);
    return [at.toFixed(2), rateAt(at), ...seen.flatMap((look) => [look?.time?.toFixed(2) ?? "", look?.height ?? ""])];
  });
  return [head, ...rows].map((row) => `${row.map((cell) => `"${cell}"`).join(",")}\n`).join("");
}
