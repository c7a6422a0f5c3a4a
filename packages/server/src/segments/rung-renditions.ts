import type { Ladder } from "../core/ladder.ts";
import type { Boundary, Rendition } from "./rendition.ts";
import { type RungHome, RungRendition } from "./rung-rendition.ts";

/** A rung that is so many segments behind will not catch up: it counts as one that nobody makes. */
const maxBehind = 8;

/** So many are remembered that are not planned any more. */
const maxForgotten = 32;

/** The rungs of a stream's ladder as renditions beside the source's. */
export class RungRenditions {
  readonly #ladder: Ladder;
  readonly #home: RungHome;
  /** By name, those too that there were once. */
  readonly #all = new Map<string, RungRendition>();
  readonly #leave: () => void;

  constructor(ladder: Ladder, home: RungHome) {
    this.#ladder = ladder;
    this.#home = home;
    this.#leave = ladder.onChange(() => this.#follow());
    this.#follow();
  }

  /** Those that there can be, the dearest first. */
  get planned(): readonly RungRendition[] {
    return this.#ladder.rungs.flatMap(({ name }) => this.#all.get(name) ?? []);
  }
  /** Those of which there is something. */
  get renditions(): readonly Rendition[] {
    return this.planned.flatMap(({ rendition }) => (rendition && rendition.segments.length > 0 ? [rendition] : []));
  }

  /** By its key, planned or not. */
  find(key: string): RungRendition | undefined {
    return this.#all.get(key.replace(/^v-/, ""));
  }

  /** Somebody needs one of them. */
  want(): void {
    this.#ladder.want();
  }

  /** The source begins a segment. */
  cut(boundary: Boundary): void {
    for (const each of this.planned) {
      if (each.isFed && each.rendition && each.rendition.msn + maxBehind < boundary.msn) each.stopped();
      each.cut(boundary);
    }
  }

  end(): void {
    this.#leave();
    for (const each of this.#all.values()) each.end();
  }

  /** A publisher may send ever other sizes. */
  #prune(most: number): void {
    for (const [name, { isPlanned }] of this.#all) {
      if (this.#all.size <= most) return;
      if (!isPlanned) this.#all.delete(name);
    }
  }

  #follow(): void {
    const { rungs } = this.#ladder;
    for (const rung of rungs) {
      const known = this.#all.get(rung.name);
      if (known) known.follow(rung);
      else this.#all.set(rung.name, new RungRendition(rung, this.#home));
    }
    for (const each of this.#all.values()) {
      if (!rungs.some(({ name }) => name === each.name)) each.follow(undefined);
    }
    this.#prune(rungs.length + maxForgotten);
  }
}
