import { describeAudio, describeVideo, sameConfiguration } from "../codecs/describe.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import type { AudioCodec, AudioTrack, ChannelMap, ColorInfo, Track, VideoCodec, VideoTrack } from "../track.ts";
import { trackExtras } from "./track-extras.ts";

const maxTracksPerKind = 16;
const none = new Uint8Array();

/** What was last said about a track beside its configuration, and of which codec: it may be said before. */
type Said<C, T> = { readonly codec: C; readonly value: T };

/** The tracks of one source, and the packets about them. */
export class TrackTable {
  /** How many messages had no place: an unknown codec, a frame before its configuration, one track too many. */
  skipped = 0;
  readonly #emit: (packet: Packet) => void;
  readonly #video = new Map<number, VideoTrack>();
  readonly #audio = new Map<number, AudioTrack>();
  readonly #colours = new Map<number, Said<VideoCodec, ColorInfo | undefined>>();
  readonly #channels = new Map<number, Said<AudioCodec, ChannelMap>>();
  /** Whose sequence has ended: the next one begins, though it be the same again. */
  readonly #ended = new Set<Track>();

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
    this.#announceExtras(this.#configureVideo(id, codec, config, dtsUs), dtsUs);
  }

  /** Likewise for audio, but one that cannot be used only leaves the track out: cameras announce sound that they do not have. */
  configureAudio(id: number, codec: AudioCodec, config: Uint8Array, dtsUs: number): void {
    try {
      this.#announceExtras(this.#configureAudio(id, codec, config, dtsUs), dtsUs);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.skipped++;
    }
  }

  /** How the colours of a track are meant from here on; undefined takes back what was said. Of another codec than the track has it is about another one: FFmpeg does not say which. */
  colour(id: number, codec: VideoCodec, value: ColorInfo | undefined, dtsUs: number): void {
    const track = this.#video.get(id);
    if (track ? track.codec !== codec : this.#colours.size >= maxTracksPerKind) {
      this.skipped++;
      return;
    }
    this.#colours.set(id, { codec, value });
    if (track) this.#configureVideo(id, codec, track.config, dtsUs);
  }

  /** Where the channels of a track belong from here on. */
  channelMap(id: number, codec: AudioCodec, value: ChannelMap, dtsUs: number): void {
    const track = this.#audio.get(id);
    if (track ? track.codec !== codec : this.#channels.size >= maxTracksPerKind) {
      this.skipped++;
      return;
    }
    this.#channels.set(id, { codec, value });
    if (track) this.configureAudio(id, codec, track.config, dtsUs);
  }

  frame(track: Track | undefined, dtsUs: number, ptsUs: number, keyframe: boolean, data: Uint8Array): void {
    if (track) this.#emit({ kind: "frame", track, dtsUs, ptsUs, keyframe, data });
    else this.skipped++;
  }

  end(track: Track | undefined, dtsUs: number): void {
    if (!track) return;
    this.#ended.add(track);
    this.#emit({ kind: "end", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: none });
  }

  extra(track: Track | undefined, dtsUs: number, body: Uint8Array): void {
    if (track) this.#emit({ kind: "extra", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: body });
    else this.skipped++;
  }

  #configureVideo(id: number, codec: VideoCodec, config: Uint8Array, dtsUs: number): VideoTrack | undefined {
    const track = describeVideo(id, codec, config);
    const said = this.#colours.get(id);
    const colorInfo = said?.codec === codec ? said.value : undefined;
    return this.#configure(this.#video, colorInfo ? { ...track, colorInfo } : track, dtsUs);
  }

  #configureAudio(id: number, codec: AudioCodec, config: Uint8Array, dtsUs: number): AudioTrack | undefined {
    const track = describeAudio(id, codec, config);
    const said = this.#channels.get(id);
    const channelMap = said?.codec === codec ? said.value : undefined;
    const mapped = channelMap && { channels: track.channels ?? channelMap.count, channelMap };
    return this.#configure(this.#audio, { ...track, ...mapped }, dtsUs);
  }

  /** The track, if there is anything new about it. */
  #configure<T extends VideoTrack | AudioTrack>(tracks: Map<number, T>, track: T, dtsUs: number): T | undefined {
    const before = tracks.get(track.id);
    if (before && sameConfiguration(before, track) && !this.#ended.has(before)) return undefined;
    if (!before && tracks.size >= maxTracksPerKind) {
      this.skipped++;
      return undefined;
    }
    if (before) this.#ended.delete(before);
    tracks.set(track.id, track);
    this.#emit({ kind: "config", track, dtsUs, ptsUs: dtsUs, keyframe: false, data: none });
    return track;
  }

  #announceExtras(track: Track | undefined, dtsUs: number): void {
    if (track) for (const packet of trackExtras(track, dtsUs)) this.#emit(packet);
  }
}
