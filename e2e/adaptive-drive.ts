import type { TestContext } from "node:test";
import type { AdaptivePlayer } from "./adaptive-players.ts";
import { type AdaptiveRecord, reached, stalledSeconds } from "./adaptive-record.ts";
import { until } from "./peers.ts";

/** What a network does: how fast it becomes, for how long, and how high a picture still fits through it. */
export type Drop = { readonly bitrate: number; readonly seconds: number; readonly fits: number };

export type Drive = {
  readonly record: AdaptiveRecord;
  readonly players: readonly AdaptivePlayer[];
  /** Bits per second that carry everything, and how high the best picture is. */
  readonly fast: number;
  readonly top: number;
  readonly drops: readonly Drop[];
  /** The first seconds of a drop, in which nobody can know of it yet. */
  readonly graceSeconds: number;
  /** How long a player may stand in a drop, and how long it may take until it has the best picture again. */
  readonly stalledSeconds: number;
  readonly backSeconds: number;
  setRate(bitrate: number): void;
};

/** How long to wait for what must come. */
const limitMs = 90_000;
/** Who has just begun catches up first. */
const settleMs = 10_000;

/** Lets players' networks become slow, and fast again at the end; says how they did, and returns what they did wrong. */
export async function drive(t: TestContext, driven: Drive): Promise<string[]> {
  const { record, players, top, fast, drops } = driven;
  driven.setRate(fast);
  const begun = record.now;
  const complaints = await bestPicture(driven, begun, "has the best picture");
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  for (const drop of complaints.length > 0 ? [] : drops) {
    const from = record.now;
    driven.setRate(drop.bitrate);
    while (record.now < from + drop.seconds) await new Promise((resolve) => setTimeout(resolve, 100));
    for (const player of players) complaints.push(...judged(t, driven, drop, from, player));
  }
  const from = record.now;
  driven.setRate(fast);
  complaints.push(...(await bestPicture(driven, from, "has the best picture again")));
  for (const player of players) {
    const seconds = reached(record.looks(player), from, top);
    t.diagnostic(`${player.name} has ${top}p again after ${seconds?.toFixed(1)} s`);
    if (seconds !== undefined && seconds > driven.backSeconds) complaints.push(`${player.name} was back late`);
  }
  return complaints;
}

async function bestPicture({ record, players, top }: Drive, from: number, expected: string): Promise<string[]> {
  const late = () => players.filter((player) => reached(record.looks(player), from, top) === undefined);
  return until(() => late().length === 0, expected, limitMs).then(
    () => [],
    () => late().map((player) => `waited in vain until ${player.name} ${expected}: ${record.height(player)}p`),
  );
}

function judged(t: TestContext, driven: Drive, drop: Drop, from: number, player: AdaptivePlayer): string[] {
  const looks = driven.record.looks(player);
  const { bitrate, seconds, fits } = drop;
  const [grace, end] = [from + driven.graceSeconds, from + seconds];
  const [first, later] = [stalledSeconds(looks, from, grace), stalledSeconds(looks, grace, end)];
  // At the end it may be trying whether more fits by now.
  const heights = looks.filter(({ at }) => at >= from && at <= end).map(({ height }) => height);
  const lowest = Math.min(...heights);
  const words = `${player.name} at ${bitrate / 1_000} kbit/s: stood for ${first.toFixed(1)} s, then for ${later.toFixed(1)} s; went down to ${lowest}p, ended with ${heights.at(-1)}p`;
  t.diagnostic(words);
  return later > driven.stalledSeconds || lowest > fits ? [words] : [];
}
