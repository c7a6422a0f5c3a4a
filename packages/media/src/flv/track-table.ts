import { describeAudio, describeVideo, sameConfiguration } from "../codecs/describe.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import type { AudioCodec, AudioTrack, Track, VideoCodec, VideoTrack } from "../track.ts";

const maxTracksPerKind = 16;
const none = new Uint8Array();

/** The tracks of one source, and the packets about them. */
export class TrackTable {
  /** How many messages had no place: an unknown codec, a frame before its configuration, one track too many. */
  skipped = 0;
  readonly #emit: (packet: Packet) => void;
  readonly #video = new Map<number, VideoTrack>();
  readonly #audio = new Map<number, AudioTrack>();

  constructor(emit: (packet: Packet) => void) {
    this.#emit = emit;
  }

  get all(): readonly Track[] {
    return [...this.#video.values(), ...this.#audio.values()];
  }
  video(id: number): VideoTrack | undefined {
    return this.#video.get(id);
  }
  audio(id: number): AudioTrack | undefined {
    return this.#audio.get(id);
  }

  /** A video decoder configuration; the same one again changes nothing. Throws `MalformedError` for one that no decoder can use. */
  configureVideo(id: number, codec: VideoCodec, config: Uint8Array, dtsUs: number): void {
    this.#configure(this.#video, describeVideo(id, codec, config), dtsUs);
  }

  /** Likewise for audio, but one that cannot be used only leaves the track out: cameras announce sound that they do not have. */
  configureAudio(id: number, codec: AudioCodec, config: Uint8Array, dtsUs: number): void {
    try {
      this.#configure(this.#audio, describeAudio(id, codec, config), dtsUs);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.skipped++;
    }
  }

  frame(track: Track | undefined, dtsUs: number, ptsUs: number, keyframe: boolean, data: Uint8Array): void {
    if (track) this.#emit({ kind: "frame", track, dtsUs, ptsUs, keyframe, data });
    else this.skipped++;
  }

  end(track: Track | undefined, dtsUs: number): void {
    if (track) this.#emit({ kind: "end", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: none });
  }

  extra(track: Track | undefined, dtsUs: number, body: Uint8Array): void {
    if (track) this.#emit({ kind: "extra", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: body });
    else this.skipped++;
  }

  #configure<T extends Track>(tracks: Map<number, T>, track: T, dtsUs: number): void {
    const before = tracks.get(track.id);
    if (before && sameConfiguration(before, track)) return;
    if (!before && tracks.size >= maxTracksPerKind) {
      this.skipped++;
      return;
    }
    tracks.set(track.id, track);
    this.#emit({ kind: "config", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: none });
  }
}
