import { sanitizeData } from "../amf/data-message.ts";
import { MalformedError } from "../malformed-error.ts";
import type { Packet } from "../packet.ts";
import { dataTrack, type Track } from "../track.ts";
import { AudioDemuxer } from "./audio-demuxer.ts";
import { FlvTagType } from "./tag.ts";
import { TrackTable } from "./track-table.ts";
import { UnwrappedClock } from "./unwrapped-clock.ts";
import { VideoDemuxer } from "./video-demuxer.ts";

/** RTMP's message type for data in AMF3 form, whose body has a zero before the AMF0 values. */
const dataAmf3 = 15;
/** One broken tag is an encoder's slip; so many in a row are no FLV. */
const maxMalformed = 8;

/**
 * Turns FLV tags, or RTMP messages, which carry the same bodies, into packets. One for each source connection: it keeps the tracks and unwraps the clock. A packet's `data` is a view of the
 * body.
 */
export class FlvDemuxer {
  readonly #emit: (packet: Packet) => void;
  readonly #clock: UnwrappedClock = new UnwrappedClock();
  readonly #tracks: TrackTable;
  readonly #video: VideoDemuxer;
  readonly #audio: AudioDemuxer;
  #malformed = 0;

  constructor(emit: (packet: Packet) => void) {
    this.#emit = emit;
    this.#tracks = new TrackTable(emit);
    this.#video = new VideoDemuxer(this.#tracks, this.#clock);
    this.#audio = new AudioDemuxer(this.#tracks, this.#clock);
  }

  get tracks(): readonly Track[] {
    return this.#tracks.all;
  }
  /** How many tags had no place: an unknown codec, a frame before its configuration, a slip. */
  get skipped(): number {
    return this.#tracks.skipped;
  }

  /** One tag; `timestampMs` as on the wire, 32 bits unsigned. A malformed tag is skipped; the eighth in a row throws its `MalformedError`. */
  tag(type: number, timestampMs: number, body: Uint8Array): void {
    try {
      this.#read(type, timestampMs, body);
      this.#malformed = 0;
    } catch (error) {
      if (!(error instanceof MalformedError) || ++this.#malformed >= maxMalformed) throw error;
      this.#tracks.skipped++;
    }
  }

  #read(type: number, timestampMs: number, body: Uint8Array): void {
    switch (type) {
      case FlvTagType.video:
        return this.#video.body(timestampMs, body);
      case FlvTagType.audio:
        return this.#audio.body(timestampMs, body);
      case FlvTagType.script:
        return this.#script(timestampMs, body);
      case dataAmf3:
        return this.#script(timestampMs, body[0] === 0 ? body.subarray(1) : body);
      default:
        this.#tracks.skipped++;
    }
  }

  #script(timestampMs: number, body: Uint8Array): void {
    const data = sanitizeData(body);
    if (!data) {
      this.#tracks.skipped++;
      return;
    }
    const dtsUs = this.#clock.read(timestampMs) * 1000;
    this.#emit({ kind: "data", track: dataTrack, dtsUs, ptsUs: dtsUs, keyframe: false, data });
  }
}
