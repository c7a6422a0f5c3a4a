import { Random } from "./random.ts";

/** What a network does for some minutes: its rate for each tenth of a second, and what stands around it. */
export type Trace = {
  readonly name: string;
  readonly what: string;
  /** Bits per second, one value for each `stepMs`. */
  readonly rates: Float64Array;
  readonly rttMs: number;
  /** The queue in front of the narrowest place: a home router, a base station. */
  readonly queueBytes: number;
  /** Share of the packets that are lost though there is room. */
  readonly loss: number;
  /** How long the server lets packets wait for a pass. */
  readonly windowMs?: number;
};

export const stepMs = 50;
const seconds = 180;
const steps = (seconds * 1_000) / stepMs;
const M = 1_000_000;

type Path = Pick<Trace, "rttMs" | "queueBytes" | "loss">;
const home: Path = { rttMs: 30, queueBytes: 128 * 1024, loss: 0 };
const wireless: Path = { rttMs: 20, queueBytes: 192 * 1024, loss: 0.0005 };
const mobile: Path = { rttMs: 60, queueBytes: 384 * 1024, loss: 0 };

/** All of them are made by the rules below: no trace is a recording. `seed` draws another day of the same network. */
export function traces(seed: number): Trace[] {
  const random = (salt: number) => new Random(seed * 1_009 + salt);
  return [
    make("steps", "4 Mbit/s, 800 kbit/s, 300 kbit/s and 4 Mbit/s again, 30 s each and the rest", home, stairs),
    make("between two", "1.5 Mbit/s without an end: half way between two rungs", home, () => 1.5 * M),
    make("just enough", "2.2 Mbit/s: 10 % above a rung", home, () => 2.2 * M),
    make("decline", "5 Mbit/s down to 400 kbit/s and up again in 90 s", home, decline),
    make("lost second", "6 Mbit/s, and one second of nothing each minute", home, lostSecond),
    make("home, others download", "6 Mbit/s shared with one or two who download at times", home, shared(random(1))),
    make("Wi-Fi jitter", "12 Mbit/s, pauses of 50 to 250 ms about once in a second", wireless, jitter(random(2))),
    make("Wi-Fi handover", "weaker to 1 Mbit/s in 8 s, a gap of 0.3 to 1.8 s, strong again", wireless, roam(random(3))),
    make("3G commute", "about 1.2 Mbit/s with tunnels", { ...mobile, rttMs: 110 }, commute(random(4))),
    make("4G drive", "about 8 Mbit/s, cell edges and handovers", mobile, drive(random(5))),
    make(
      "5G mmWave",
      "200 Mbit/s while the mast is seen, 1 to 6 Mbit/s while not",
      { ...mobile, rttMs: 25 },
      mast(random(6)),
    ),
    make(
      "far away",
      "5 Mbit/s with a round trip of 300 ms",
      { ...home, rttMs: 300, queueBytes: 384 * 1024 },
      () => 5 * M,
    ),
    { ...make("busy server", "20 Mbit/s, and a server that writes every 350 ms", home, () => 20 * M), windowMs: 350 },
  ];
}

function make(name: string, what: string, path: Path, rateAt: (atMs: number) => number): Trace {
  const rates = Float64Array.from({ length: steps }, (_, index) => Math.max(0, rateAt(index * stepMs)));
  return { name, what, rates, ...path };
}

function stairs(atMs: number): number {
  if (atMs < 30_000) return 4 * M;
  if (atMs < 60_000) return 0.8 * M;
  return atMs < 90_000 ? 0.3 * M : 4 * M;
}

function decline(atMs: number): number {
  const share = (1 + Math.cos((2 * Math.PI * atMs) / 90_000)) / 2;
  return 0.4 * M * (5 / 0.4) ** share;
}

function lostSecond(atMs: number): number {
  const within = atMs % 60_000;
  return within >= 30_000 && within < 31_000 ? 0 : 6 * M;
}

/** Each of two others comes for 5 to 20 s; a fair queue shares, a full one takes a little more. */
function shared(random: Random): (atMs: number) => number {
  const others = [0, 1].map(() => spells(random, { offMs: [10_000, 40_000], onMs: [5_000, 20_000] }));
  return (atMs) => (6 * M * random.between(0.9, 1)) / (1 + 1.2 * others.filter((each) => each(atMs)).length);
}

function jitter(random: Random): (atMs: number) => number {
  const pause = spells(random, { offMs: [300, 1_800], onMs: [50, 250] });
  return (atMs) => (pause(atMs) ? 0.1 * M : 12 * M * random.between(0.5, 1.3));
}

/** A walk between two access points every 40 to 60 s. */
function roam(random: Random): (atMs: number) => number {
  let gapAtMs = random.between(20_000, 35_000);
  let gapMs = random.between(300, 1_800);
  return (atMs) => {
    if (atMs > gapAtMs + gapMs) {
      gapAtMs += random.between(40_000, 60_000);
      gapMs = random.between(300, 1_800);
    }
    const left = gapAtMs - atMs;
    if (left <= 0) return 0;
    const weak = Math.min(1, left / 8_000);
    return 25 ** weak * M * random.between(0.7, 1.2);
  };
}

/** Rates as in Riiser's logs from buses, trams and the metro in Oslo (some hundred kbit/s to 3 Mbit/s, next to nothing below the ground). */
function commute(random: Random): (atMs: number) => number {
  const fading = wander(random, { deviation: 0.5, memoryMs: 6_000 });
  const tunnel = spells(random, { offMs: [25_000, 60_000], onMs: [4_000, 12_000] });
  return (atMs) => (tunnel(atMs) ? 0.08 * M * random.between(0, 2) : Math.min(3.5 * M, 1.2 * M * fading()));
}

/** Rates as in van der Hooft's logs from cars in Ghent, for a cell that has others in it. */
function drive(random: Random): (atMs: number) => number {
  const fading = wander(random, { deviation: 0.6, memoryMs: 3_000 });
  const edge = spells(random, { offMs: [20_000, 45_000], onMs: [4_000, 10_000] });
  const handover = spells(random, { offMs: [15_000, 40_000], onMs: [100, 700] });
  return (atMs) => {
    const rate = 8 * M * fading();
    if (handover(atMs)) return 0;
    return edge(atMs) ? Math.min(rate, 1 * M * random.between(0.6, 1.6)) : rate;
  };
}

/** A body or a bus stands between for some hundred milliseconds to seconds; then what is left is an older network, or nothing. */
function mast(random: Random): (atMs: number) => number {
  const blocked = spells(random, { offMs: [4_000, 20_000], onMs: [300, 6_000] });
  const nothing = spells(random, { offMs: [8_000, 25_000], onMs: [100, 600] });
  const left = wander(random, { deviation: 0.5, memoryMs: 2_000 });
  return (atMs) => {
    const below = Math.min(6, Math.max(1, 2.5 * left())) * M;
    if (nothing(atMs)) return 0;
    return blocked(atMs) ? below : 200 * M * random.between(0.5, 1);
  };
}

type Spans = { readonly offMs: readonly [number, number]; readonly onMs: readonly [number, number] };

/** Something that comes and goes. To be asked in the order of time. */
function spells(random: Random, { offMs, onMs }: Spans): (atMs: number) => boolean {
  let isOn = false;
  let untilMs = random.between(...offMs);
  return (atMs) => {
    while (atMs >= untilMs) {
      isOn = !isOn;
      untilMs += random.between(...(isOn ? onMs : offMs));
    }
    return isOn;
  };
}

/** A factor around 1 that remembers where it was: the logarithm is an autoregressive process. */
function wander(random: Random, { deviation, memoryMs }: { deviation: number; memoryMs: number }): () => number {
  const kept = Math.exp(-stepMs / memoryMs);
  let value = random.normal() * deviation;
  return () => {
    value = value * kept + random.normal() * deviation * Math.sqrt(1 - kept * kept);
    return Math.exp(value);
  };
}
