import type { Packet } from "../packet.ts";
import { asDefault, dataTrack, type Track, withTrack } from "../track.ts";
import type { FlvForm } from "./form.ts";
import { trackMetadata } from "./track-metadata.ts";

/** Which kinds of media a viewer wants. */
export type FlvWanted = { readonly audio: boolean; readonly video: boolean };

/** The tracks at one place of a stream. `video` and `audio`: the numbers of those that a viewer gets who takes one of each. */
type Place = {
  readonly tracks: readonly Track[];
  readonly video: number | undefined;
  readonly audio: number | undefined;
  /** Nobody has told which tracks there are; it is learned from what comes. */
  readonly learns?: boolean;
};

/**
 * Which of a stream's packets viewers of one form get, and as what. Who takes one track of each kind gets the first that it can take, as track 0; who takes all gets all, and metadata that says what
 * each of them is.
 */
export class FlvOutput {
  readonly #form: FlvForm;
  readonly #wanted: FlvWanted;
  /** In a row packets follow each other without a gap, so its place is known from where it began and what has come since. */
  readonly #rows = new WeakMap<object, Place>();
  #begun: Place = { tracks: [], video: undefined, audio: undefined, learns: true };

  constructor(wanted: FlvWanted, form: FlvForm) {
    this.#wanted = wanted;
    this.#form = form;
  }

  /** What viewers get who begin where the stream has these tracks. `opening`: the metadata, if there is any, and a configuration for each of them. */
  begin(tracks: readonly Track[], opening: readonly Packet[]): Packet[] {
    const place = this.#placeOf(tracks);
    this.#begun = place;
    const packets = opening.map((packet) => this.#at(place, packet));
    if (this.#form.multitrack && !opening.some(({ kind }) => kind === "data")) packets.unshift(this.#metadata(place));
    return packets.filter((packet) => packet !== undefined);
  }

  /** A packet as viewers get it; undefined when they do not. */
  packet(packet: Packet, row: object): Packet | undefined {
    const before = this.#rows.get(row);
    const place = this.#after(before ?? this.#begun, packet);
    if (place !== before) this.#rows.set(row, place);
    return this.#at(place, packet);
  }

  /** Whether they get anything of this kind, of these tracks. */
  has(kind: "video" | "audio", tracks: readonly Track[]): boolean {
    return this.#wanted[kind] && tracks.some((track) => track.kind === kind && this.#isTaken(track));
  }

  #after(place: Place, { kind, track }: Packet): Place {
    if (kind === "config") return { ...this.#placeOf(withTrack(place.tracks, track)), learns: place.learns === true };
    if (!place.learns || track.kind === "data") return place;
    const isKnown = place.tracks.some((each) => each.kind === track.kind && each.id === track.id);
    return isKnown ? place : { ...this.#placeOf(withTrack(place.tracks, track)), learns: true };
  }

  #at(place: Place, packet: Packet): Packet | undefined {
    const { track } = packet;
    if (track.kind === "data") return this.#form.multitrack ? this.#described(place, packet) : packet;
    if (!this.#wanted[track.kind]) return undefined;
    if (this.#form.multitrack) return packet;
    if (track.id !== place[track.kind]) return undefined;
    return track.id === 0 ? packet : { ...packet, track: asDefault(track) };
  }

  #placeOf(tracks: readonly Track[]): Place {
    const first = (kind: Track["kind"]) => tracks.find((track) => track.kind === kind && this.#isTaken(track))?.id;
    return { tracks, video: first("video"), audio: first("audio") };
  }

  #isTaken(track: Track): boolean {
    const { video, audio } = this.#form;
    return track.kind === "video" ? video.has(track.codec) : track.kind === "audio" && audio.has(track.codec);
  }

  #described({ tracks }: Place, packet: Packet): Packet {
    const data = trackMetadata(packet.data, { tracks, sends: (track) => this.#isTaken(track) });
    return data === undefined || data === packet.data ? packet : { ...packet, data };
  }

  /** For a publisher who has sent none. */
  #metadata({ tracks }: Place): Packet | undefined {
    const data = trackMetadata(undefined, { tracks, sends: (track) => this.#isTaken(track) });
    return data && { kind: "data", track: dataTrack, dtsUs: 0, ptsUs: 0, keyframe: false, data };
  }
}
