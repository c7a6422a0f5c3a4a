import type { Session, Stream } from "../api-types.ts";

/** So many moments are kept: ten minutes, where there is one every two seconds. */
const keptMoments = 300;
const maxSeries = 24;

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

/** What a stream's viewers did between two looks at their sessions. `rate`: what they took, in bits per second; `skips`: how often one fell behind and was moved forward. */
export type Growth = { readonly rate: number; readonly skips: number };

/** What is drawn of a stream at one moment. */
export function measured(
  stream: Stream,
  sessions: readonly Session[],
  growth: Growth | undefined,
): Readonly<Record<string, number | undefined>> {
  const { health, ladder } = stream;
  const values: Record<string, number | undefined> = {
    "rate in": health?.bitrate,
    "rate out": growth?.rate,
    "frames source": health?.frameRate,
    skips: growth?.skips,
  };
  for (const { name, measured: rate, live } of ladder?.rungs ?? []) values[`rung ${name}`] = live ? rate : 0;
  for (const { role, protocol, rendition = "source" } of sessions) {
    if (role !== "viewer") continue;
    count(values, `by protocol ${protocol}`);
    count(values, `by quality ${rendition}`);
  }
  return values;
}

/** Undefined for the first look: who has just come counts from the next on. */
export function growth(before: readonly Session[], now: readonly Session[], seconds: number): Growth | undefined {
  if (seconds <= 0) return undefined;
  const known = new Map(before.map((session) => [session.id, session]));
  let [bytes, skips] = [0, 0];
  for (const session of now) {
    const old = known.get(session.id);
    if (session.role !== "viewer" || !old) continue;
    bytes += Math.max(0, session.bytes - old.bytes);
    skips += Math.max(0, (session.skips ?? 0) - (old.skips ?? 0));
  }
  return { rate: (bytes * 8) / seconds, skips };
}

function count(values: Record<string, number | undefined>, name: string): void {
  values[name] = (values[name] ?? 0) + 1;
}
