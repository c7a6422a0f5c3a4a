import type { Relay } from "@sluice/api";

type Seen = { readonly atMs: number; readonly bytes: number; readonly bitrate: number | undefined };

/** Two looks that are nearer measure little but chance: events ask in between, too. */
const leastMs = 1_000;

/** How fast relays are, by how much they have carried from one look to the next. */
export class RelayRates {
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** Notes what they have carried at a moment. */
  look(relays: readonly Pick<Relay, "id" | "bytes">[], atMs: number): void {
    this.#seen = new Map(relays.map(({ id, bytes }) => [id, next(this.#seen.get(id), bytes, atMs)]));
  }

  /** Bits a second; undefined until there were two looks. */
  bitrate(id: string): number | undefined {
    return this.#seen.get(id)?.bitrate;
  }
}

function next(before: Seen | undefined, bytes: number, atMs: number): Seen {
  if (!before) return { atMs, bytes, bitrate: undefined };
  const passedMs = atMs - before.atMs;
  if (passedMs < leastMs) return before;
  return { atMs, bytes, bitrate: (Math.max(0, bytes - before.bytes) * 8_000) / passedMs };
}
