import { FlvDemuxer, FlvReader, MatroskaDemuxer, type Packet, type VideoCodec } from "@sluice/media";
import { IvfReader } from "./ivf-reader.ts";
import type { SourceTimes } from "./source-times.ts";

/** Reads one rung's pictures as FFmpeg writes them, and gives them back the source's times. */
export class PictureOutput {
  /** How many frames have come. */
  frames = 0;
  readonly #times: SourceTimes;
  readonly #told: (packet: Packet) => void;
  readonly #push: (bytes: Uint8Array) => void;
  /** Waits for its frame, whose time it gets. */
  #config: Packet | undefined;
  #lastDtsUs = Number.NEGATIVE_INFINITY;

  constructor(codec: VideoCodec, times: SourceTimes, told: (packet: Packet) => void) {
    this.#times = times;
    this.#told = told;
    this.#push = demuxed(codec, (packet) => this.#packet(packet));
  }

  /** Throws `MalformedError` for what is no such stream. */
  push(bytes: Uint8Array): void {
    this.#push(bytes);
  }

  #packet(packet: Packet): void {
    if (packet.track.kind !== "video") return;
    if (packet.kind === "config") this.#config = packet;
    if (packet.kind === "frame") this.#frame(packet);
  }

  /** A keyframe that the encoder made where the source has none is none: nobody comes over there. */
  #frame(packet: Packet): void {
    const source = this.#times.at(packet.ptsUs / 1000);
    if (!source) return;
    const wantedUs = source.keyframe ? source.dtsUs : source.ptsUs - Math.max(0, source.reorderUs);
    const dtsUs = Math.max(wantedUs, this.#lastDtsUs + 1);
    const ptsUs = source.keyframe ? source.ptsUs : Math.max(source.ptsUs, dtsUs);
    this.#lastDtsUs = dtsUs;
    this.frames++;
    if (this.#config) this.#told({ ...this.#config, dtsUs, ptsUs: dtsUs });
    this.#config = undefined;
    this.#told({ ...packet, dtsUs, ptsUs, keyframe: packet.keyframe && source.keyframe });
  }
}

/** FLV and IVF come out at once, but FFmpeg 5 knows only H.264 in the one and AV1 in the other. A Matroska block comes when the next one does. */
export function containerOf(codec: VideoCodec): "flv" | "ivf" | "matroska" {
  return codec === "h264" ? "flv" : codec === "av1" ? "ivf" : "matroska";
}

function demuxed(codec: VideoCodec, emit: (packet: Packet) => void): (bytes: Uint8Array) => void {
  switch (containerOf(codec)) {
    case "matroska": {
      const demuxer = new MatroskaDemuxer(emit);
      return (bytes) => demuxer.push(bytes);
    }
    case "ivf": {
      const reader = new IvfReader(emit);
      return (bytes) => reader.push(bytes);
    }
    case "flv": {
      const demuxer = new FlvDemuxer(emit);
      const reader = new FlvReader(({ type, timestampMs, body }) => demuxer.tag(type, timestampMs, body));
      return (bytes) => reader.push(bytes);
    }
  }
}
