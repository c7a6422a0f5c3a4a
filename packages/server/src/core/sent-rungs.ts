import type { Packet, Track, VideoTrack } from "@sluice/media";
import type { PacketLog } from "./packet-log.ts";
import type { Rung, RungPlan } from "./rung.ts";
import { SentTrack } from "./sent-track.ts";
import { isDefault } from "./tracks.ts";

/** What the pictures that a publisher sends need of the ladder that they are rungs of. */
export type SentRungsHome = {
  readonly source: PacketLog;
  find(name: string): Rung | undefined;
  /** These are the rungs that the publisher sends now. */
  sent(plans: readonly RungPlan[]): void;
};

/** Beside the default one; one of a kind has sixteen tracks at most. */
const maxSent = 15;
/** What comes so much later than the default picture's waits for that no longer: it may have stopped, or have few frames. */
const waitUs = 500_000;
/** A picture that has been silent for so long has stopped: who watches it goes on with the default one. */
const silentUs = 1_500_000;
/** After so long it is no rung any more until it comes again. */
const goneUs = 10_000_000;
/** What a picture is taken to cost before that has been measured: bits for each pixel of it. */
const bitsPerPixel = 3;

/**
 * The pictures that one publisher sends beside its default one (the tracks of Enhanced RTMP), as rungs of the stream's ladder: nothing is made anew. The default one, which has the lowest
 * number, is what viewers get who ask for nothing, and need not be the best.
 */
export class SentRungs {
  readonly #home: SentRungsHome;
  readonly #all = new Map<number, SentTrack>();
  readonly #plans = new Map<number, RungPlan>();
  #defaultTrack: VideoTrack | undefined;
  #reorderUs: number | undefined;
  #reachedUs = Number.NEGATIVE_INFINITY;

  constructor(home: SentRungsHome) {
    this.#home = home;
  }

  /** A packet of the publisher's, which is in the source's log already. */
  take(packet: Packet, tracks: readonly Track[]): void {
    const { track, kind } = packet;
    if (track.kind === "video") {
      if (isDefault(tracks, track)) this.#default(packet, track);
      else this.#sent(packet);
    }
    if (this.#all.size > 0 && kind !== "config") this.#flow();
  }

  /** Only these tracks are there now. */
  keep(tracks: readonly Track[]): void {
    for (const id of this.#all.keys()) {
      const track = tracks.find((each) => each.kind === "video" && each.id === id);
      if (!track || isDefault(tracks, track)) this.#forget(id);
    }
  }

  /** Another publisher begins, or nothing more comes: what waits has its place now. */
  flush(): void {
    for (const each of this.#all.values()) each.flow(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  #default({ kind, keyframe, dtsUs, ptsUs }: Packet, track: VideoTrack): void {
    if (track !== this.#defaultTrack) {
      this.#defaultTrack = track;
      this.#forget(track.id);
    }
    if (kind !== "frame") return;
    if (keyframe) this.#reorderUs ??= ptsUs - dtsUs;
    this.#reachedUs = dtsUs + (this.#reorderUs ?? 0);
  }

  /** What its configuration says of its size is enough for a name, so that names do not depend on whose keyframe comes first. */
  #sent(packet: Packet): void {
    const { track } = packet;
    const { id } = track;
    let sent = this.#all.get(id);
    if (!sent) {
      if (this.#all.size >= maxSent) return;
      const { source } = this.#home;
      const reorderUs = () => this.#reorderUs;
      sent = new SentTrack(
        {
          source,
          get reorderUs() {
            return reorderUs();
          },
          rungFor: (track) => this.#rungFor(id, track),
        },
        packet.dtsUs,
      );
      this.#all.set(id, sent);
    }
    if (packet.kind === "config" && track.kind === "video" && track.width && track.height) this.#rungFor(id, track);
    sent.push(packet);
  }

  #flow(): void {
    const { headUs } = this.#home.source;
    for (const [id, sent] of this.#all) {
      if (sent.waits) sent.flow(this.#reachedUs, headUs - waitUs);
      const silence = headUs - sent.lastUs;
      if (silence > goneUs) this.#forget(id);
      else if (silence > silentUs) sent.rung?.stop();
    }
  }

  #forget(id: number): void {
    const sent = this.#all.get(id);
    if (!sent) return;
    this.#all.delete(id);
    sent.rung?.stop();
    if (this.#plans.delete(id)) this.#tell();
  }

  #rungFor(id: number, track: VideoTrack): Rung | undefined {
    const before = this.#plans.get(id);
    const { codec, width = 0, height = 0 } = track;
    if (before?.codec !== codec || before.width !== width || before.height !== height) {
      this.#plans.delete(id);
      const bitrate = Math.round(width * height * bitsPerPixel);
      this.#plans.set(id, { name: this.#nameFor(id, track), width, height, bitrate, codec, track: id });
      this.#tell();
    }
    return this.#home.find(this.#plans.get(id)?.name ?? "");
  }

  #tell(): void {
    this.#home.sent([...this.#plans.values()]);
  }

  /** "720p"; where there is one already with the codec, or a number: "720p-hevc", "720p-2". */
  #nameFor(id: number, { codec, width = 0, height = 0 }: VideoTrack): string {
    const plain = sizeName(Math.min(width, height)) ?? `track${id}`;
    const { width: defaultWidth = 0, height: defaultHeight = 0, codec: defaultCodec } = this.#defaultTrack ?? {};
    const plans = [...this.#plans.values()];
    const isDefault = sizeName(Math.min(defaultWidth, defaultHeight)) === plain;
    const holder = isDefault ? defaultCodec : plans.find(({ name }) => name === plain)?.codec;
    if (holder === undefined) return plain;
    const base = holder === codec ? plain : `${plain}-${codec}`;
    const isTaken = (name: string) => name === plain || plans.some((each) => each.name === name);
    let name = base;
    for (let number = 2; isTaken(name); number++) name = `${base}-${number}`;
    return name;
  }
}

function sizeName(short: number): string | undefined {
  return short > 0 ? `${short}p` : undefined;
}
