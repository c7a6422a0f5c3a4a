import type { Audience, Stream } from "@sluice/api";

/** So many moments are kept: ten minutes, where there is one every two seconds. */
const keptMoments = 300;
const maxSeries = 64;

/** What was measured over the last minutes: for each name of a series one value a moment, `null` where there was none. */
export class Samples {
  readonly #times: number[] = [];
  readonly #series = new Map<string, (number | null)[]>();

  get moments(): number {
    return this.#times.length;
  }

  /** `at`: seconds since 1970. */
  add(at: number, values: Readonly<Record<string, number | undefined>>): void {
    for (const name of Object.keys(values)) {
      if (this.#series.has(name) || this.#series.size >= maxSeries) continue;
      this.#series.set(name, new Array<number | null>(this.#times.length).fill(null));
    }
    this.#times.push(at);
    for (const [name, kept] of this.#series) kept.push(values[name] ?? null);
    if (this.#times.length <= keptMoments) return;
    this.#times.shift();
    for (const [name, kept] of this.#series) {
      kept.shift();
      if (kept.every((value) => value === null)) this.#series.delete(name);
    }
  }

  /** The names that begin so, without that beginning, in the order in which they came. */
  names(prefix: string): readonly string[] {
    return [...this.#series.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }

  latest(name: string): number | undefined {
    return this.#series.get(name)?.at(-1) ?? undefined;
  }

  /** As a chart takes it: the times, and then each series. */
  data(names: readonly string[]): (number | null)[][] {
    const none = new Array<number | null>(this.#times.length).fill(null);
    return [[...this.#times], ...names.map((name) => [...(this.#series.get(name) ?? none)])];
  }
}

/** What a stream counts, as it was at one moment. */
export type Counts = {
  /** Seconds since 1970. */
  readonly at: number;
  readonly stream: Stream;
  readonly audience: Audience;
};

/** What is drawn of a stream at one moment; with `before`, also by how much things have grown since then. */
export function measured(
  { at, stream, audience }: Counts,
  before?: Counts,
): Readonly<Record<string, number | undefined>> {
  const { health, ladder, age } = stream;
  const { bytes = audience.bytes, skips = audience.skips } = before?.audience ?? {};
  const seconds = before ? at - before.at : 0;
  const values: Record<string, number | undefined> = {
    "rate in": health?.bitrate,
    "rate out": seconds > 0 ? grown(audience.bytes, bytes) * (8 / seconds) : undefined,
    "frames source": health?.frameRate,
    "age half": age?.p50Ms,
    "age most": age?.p99Ms,
    "drops moved": seconds > 0 ? grown(audience.skips, skips) : undefined,
  };
  for (const { protocol, rendition = "source", viewers } of audience.groups) {
    count(values, `by protocol ${protocol}`, viewers);
    count(values, `by quality ${rendition}`, viewers);
  }
  if (ladder?.state !== undefined && seconds > 0)
    values["drops made"] = grown(ladder.droppedGroups ?? 0, before?.stream.ladder?.droppedGroups ?? 0);
  for (const rung of ladder?.rungs ?? []) {
    values[`rung ${rung.name}`] = rung.live ? rung.measured : 0;
    if (rung.age) values[`age of ${rung.name}`] = rung.age.p99Ms;
  }
  return values;
}

/** A stream that has begun anew counts from 0. */
function grown(now: number, before: number): number {
  return now < before ? now : now - before;
}

function count(values: Record<string, number | undefined>, name: string, more: number): void {
  values[name] = (values[name] ?? 0) + more;
}
