import type { VideoCodec } from "@sluice/media";
import type { Audience } from "./audience.ts";
import { now } from "./clock.ts";
import type { Cursor } from "./cursor.ts";
import type { Ladder } from "./ladder.ts";
import type { Paths } from "./paths.ts";
import type { Drain } from "./readable.ts";
import type { Rung } from "./rung.ts";
import { type Choice, newSteering, type Steering, steer } from "./steering.ts";
import { limitUnderWay } from "./under-way.ts";
import type { Wish } from "./wish.ts";

/** What is known of a viewer that can be moved. */
export type Seat = {
  readonly steering: Steering;
  /** The name of the choice that it has, or is on its way to. */
  choice: string;
  taken: number;
  /** How often it has been moved. */
  moves: number;
  /** So many looks leave it out. */
  rests: number;
};

/** The source's name, and that of its sound alone, among the choices. */
export const sourceName = "source";
export const soundName = "audio";

/** A rung that is made of the source, and as dear as it, would only be worse. */
const worthwhile = 0.95;

/** A viewer whose socket has been full for so long needs less than the source. */
const needyMs = 500;

/** Who rests is left out of one look, and of one more for so many viewers: looks at thousands are a good part of what they cost. */
const restViewers = 4_000;

/** So much of what a viewer gets may be under way: enough until its socket is looked at again, and for what a window brings, which may have a keyframe. */
const underWaySeconds = 0.25;
const underWayWindows = 1.5;

type Offer = Choice & { readonly rung?: Rung; readonly codec?: VideoCodec | undefined; readonly pixels?: number };

/** What a rung costs a viewer, in bits a second: as measured, and as planned before that. */
export function costOf({ bitrate, plan }: Rung): number {
  return bitrate.value > 0 ? bitrate.value : plan.bitrate;
}

/** Who watches which quality of a stream. Looks at what each viewer's socket takes, and moves it. */
export class Seats {
  readonly #ladder: Ladder;
  /** How many looks leave out who rests. */
  #rests = 1;
  /** So much of what a viewer gets may be under way now. */
  #underWaySeconds = underWaySeconds;
  readonly #paths: Paths | undefined;
  readonly #windowMs: () => number;

  /** `windowMs`: how long packets wait for a common write at the moment. */
  constructor(ladder: Ladder, paths: Paths | undefined, windowMs: () => number) {
    this.#ladder = ladder;
    this.#paths = paths;
    this.#windowMs = windowMs;
  }

  /** Looks at every viewer, and moves those whose network carries something else than they have. */
  look(): void {
    if (this.#ladder.bitrate.value === 0) return; // until it is known what the source takes, nothing can be compared with it
    const offers = this.#offers();
    const taken = new Map<string, readonly Offer[]>();
    const at = now();
    const audiences = this.#audiences();
    const viewers = audiences.reduce((sum, { cursors }) => sum + cursors.size, 0);
    this.#rests = 1 + Math.floor(viewers / restViewers);
    this.#underWaySeconds = underWaySeconds + (underWayWindows * this.#windowMs()) / 1000;
    for (const { cursors } of audiences) {
      for (const cursor of cursors) this.#lookAt(cursor, offers, taken, at);
    }
  }

  /** The rung has stopped: its viewers go on with the source. */
  empty({ audience }: Rung): void {
    for (const cursor of [...audience.cursors]) this.#toSource(cursor, true);
    for (const cursor of [...this.#ladder.source.cursors]) {
      if (cursor.reads === audience) this.#toSource(cursor, false);
    }
  }

  #toSource(cursor: Cursor, ended: boolean): void {
    const { source, picture } = this.#ladder;
    const soundOnly = picture !== undefined && cursor.format.takes?.(picture.codec) === false;
    if (cursor.seat) cursor.seat.choice = soundOnly ? soundName : sourceName;
    cursor.move(source, { ended, soundOnly });
  }

  #audiences(): Audience[] {
    return [this.#ladder.source, ...this.#ladder.rungs.map(({ audience }) => audience)];
  }

  /** The dearest first. */
  #offers(): Offer[] {
    const { bitrate, soundBitrate, rungs } = this.#ladder;
    const { picture } = this.#ladder;
    const source: Offer = {
      name: sourceName,
      bitrate: bitrate.value,
      codec: picture?.codec,
      pixels: (picture?.width ?? 0) * (picture?.height ?? 0),
    };
    const offers = [source];
    for (const rung of rungs) {
      if (!rung.live) continue;
      const { name, plan } = rung;
      const offer = { name, bitrate: costOf(rung), rung, codec: plan.codec, pixels: plan.width * plan.height };
      if (plan.track !== undefined || offer.bitrate < source.bitrate * worthwhile) offers.push(offer);
    }
    offers.sort((a, b) => b.bitrate - a.bitrate);
    if (soundBitrate.value > 0) offers.push({ name: soundName, bitrate: soundBitrate.value, sound: true });
    return offers;
  }

  #lookAt(cursor: Cursor, offers: readonly Offer[], known: Map<string, readonly Offer[]>, atMs: number): void {
    const { wish } = cursor;
    if (!cursor.format.sound || !cursor.isStarted) return;
    if (isResting(cursor, atMs)) return;
    const drain = cursor.drain();
    cursor.seat ??= this.#newSeat(cursor, drain);
    const { seat } = cursor;
    const taken = this.#takenBy(cursor, seat, offers, known);
    const allowed = wish === undefined ? taken : allowedBy(wish, taken, offers);
    const current = allowed.findIndex(({ name }) => name === seat.choice);
    const takenBytes = drain.taken - seat.taken;
    seat.taken = drain.taken;
    if (wish?.adaptive === false && current >= 0) return;
    const blockedMs = drain.behindSince === undefined ? 0 : atMs - drain.behindSince;
    const { rung, hurry, roomBytes, rests } = steer(seat.steering, {
      atMs,
      choices: allowed,
      current,
      takenBytes,
      waitingBytes: drain.waiting,
      burstBytes: drain.burst,
      lagMs: drain.lagUs / 1000,
      blockedMs,
      moving: drain.moving,
      ...(drain.groupLeftUs === undefined ? {} : { groupLeftMs: drain.groupLeftUs / 1000 }),
      ...this.#paths?.look(cursor.socket),
    });
    seat.rests = rung === 0 && rests === true ? this.#rests : 0;
    if (rung !== current) this.#move(cursor, seat, allowed[rung], hurry);
    else if (hurry) this.#send(cursor, allowed[rung], true);
    cursor.allow(roomBytes);
    limitUnderWay(this.#paths, cursor, allowed[rung]?.bitrate ?? 0, this.#underWaySeconds);
    if (wish?.rung !== undefined || blockedMs > needyMs || allowed[rung]?.sound) this.#ladder.want();
  }

  /** Of the offers those that the viewer's format takes, and what it has. Those of a format are `known` once somebody has asked. */
  #takenBy(
    { format }: Cursor,
    { choice }: Seat,
    offers: readonly Offer[],
    known: Map<string, readonly Offer[]>,
  ): readonly Offer[] {
    const taken =
      known.get(format.key) ??
      worthHaving(offers.filter(({ codec }) => codec === undefined || this.#isTaken(codec, format)));
    known.set(format.key, taken);
    if (taken.some(({ name }) => name === choice)) return taken;
    return offers.filter((offer) => offer.name === choice || taken.includes(offer));
  }

  #isTaken(codec: VideoCodec, { takes }: Cursor["format"]): boolean {
    return takes?.(codec) ?? (codec === this.#ladder.picture?.codec || codec === "h264");
  }

  #newSeat(cursor: Cursor, { taken }: Drain): Seat {
    return { steering: newSteering(), choice: this.#nameOf(cursor), taken, moves: 0, rests: 0 };
  }

  #nameOf({ reads }: Cursor): string {
    return this.#ladder.rungs.find(({ audience }) => audience === reads)?.name ?? sourceName;
  }

  #move(cursor: Cursor, seat: Seat, offer: Offer | undefined, hurry: boolean): void {
    if (!offer) return;
    seat.choice = offer.name;
    seat.moves++;
    this.#send(cursor, offer, hurry);
  }

  #send(cursor: Cursor, offer: Offer | undefined, hurry: boolean): void {
    const from = this.#ladder.rungs.find(({ audience }) => audience === cursor.reads);
    const to = offer?.rung?.audience ?? this.#ladder.source;
    const apart = from?.aligned === false || offer?.rung?.aligned === false;
    cursor.move(to, { hurry, soundOnly: offer?.sound === true, apart });
  }
}

/** Who has the best, and whose socket takes everything, is left out of most looks: there are many of them. Who was moved just now is met again, and left alone. */
function isResting({ seat, backlog }: Cursor, atMs: number): boolean {
  if (!seat) return false;
  if (seat.steering.atMs === atMs) return true;
  if (seat.rests === 0 || backlog.behindSince > 0) return false;
  seat.rests--;
  return true;
}

/** Without those that cost more than a larger picture does: of another codec, most often. */
function worthHaving(offers: readonly Offer[]): readonly Offer[] {
  const isPoor = ({ bitrate, pixels = 0, rung }: Offer) =>
    rung?.plan.track !== undefined && offers.some((each) => each.bitrate < bitrate && (each.pixels ?? 0) > pixels);
  return offers.filter((offer) => !isPoor(offer));
}

/** Of the offers those that a viewer wants; never none. What it names it is taken to take. */
function allowedBy({ rung, maxBitrate }: Wish, offers: readonly Offer[], all: readonly Offer[]): readonly Offer[] {
  const pinned = rung === undefined ? undefined : all.filter(({ name }) => name === rung);
  if (pinned && pinned.length > 0) return pinned;
  if (maxBitrate === undefined) return offers;
  const fitting = offers.filter(({ bitrate }) => bitrate <= maxBitrate);
  return fitting.length > 0 ? fitting : offers.slice(-1);
}
