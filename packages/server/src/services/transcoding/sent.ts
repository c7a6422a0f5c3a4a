import type { Ladder } from "../../core/ladder.ts";
import type { Rung } from "../../core/rung.ts";

/** What a publisher sends beside its default picture, as far as it need not be made. */
export class SentSides {
  /** The shorter sides of the pictures. */
  sides: readonly number[] = [];

  /** Looks at what there is; true when that is not what there was. */
  changed({ sent }: Ladder): boolean {
    const sides = [...new Set(sent.map(({ width, height }) => Math.min(width, height)))].sort((a, b) => a - b);
    if (sides.join() === this.sides.join()) return false;
    this.sides = sides;
    return true;
  }
}

/** A rung that is made here; undefined where the publisher sends one of this name. */
export function madeRung(ladder: Ladder, name: string): Rung | undefined {
  const rung = ladder.find(name);
  return rung?.plan.track === undefined ? rung : undefined;
}
