/** How often a value was in each of some ranges: what a spread looks like, in as few numbers as there are ranges. To add one costs next to nothing. */
export class Histogram {
  /** Where the ranges end, each included, in ascending order; one more range is for what is beyond. */
  readonly bounds: readonly number[];
  /** How many values were in each range. */
  readonly counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Of all values. */
  get sum(): number {
    return this.#sum;
  }

  add(value: number): void {
    let range = 0;
    while (value > (this.bounds[range] ?? Number.POSITIVE_INFINITY)) range++;
    this.counts[range] = (this.counts[range] ?? 0) + 1;
    this.#sum += value;
  }
}
