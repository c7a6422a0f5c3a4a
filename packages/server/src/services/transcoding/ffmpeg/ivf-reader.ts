import {
  ByteReader,
  buildAv1Config,
  describeVideo,
  MalformedError,
  mp4Payload,
  type Packet,
  Pieces,
  type VideoTrack,
} from "@sluice/media";

const none = new Uint8Array();
const fileHeader = 32;
const frameHeader = 12;
const maxFrame = 16 * 1024 * 1024;

/** Reads AV1 in IVF, which FFmpeg writes at once: a header, then frames with a size and a time in milliseconds. The configuration is in the keyframes. Throws `ivf/signature`, `ivf/size`. */
export class IvfReader {
  readonly #emit: (packet: Packet) => void;
  readonly #pieces = new Pieces((bytes) => this.#next(bytes));
  #begun = false;
  #track: VideoTrack | undefined;

  constructor(emit: (packet: Packet) => void) {
    this.#emit = emit;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
  }

  #next(bytes: Uint8Array): number {
    const reader = new ByteReader(bytes);
    if (!this.#begun) {
      if (reader.left < fileHeader) return 0;
      if (reader.utf8(4) !== "DKIF") throw new MalformedError("ivf/signature", "this is no IVF");
      this.#begun = true;
      return fileHeader;
    }
    if (reader.left < frameHeader) return 0;
    const size = reader.u32le();
    if (size > maxFrame) throw new MalformedError("ivf/size", `a frame of ${size} bytes; at most ${maxFrame}`);
    const timeMs = reader.u32le() + reader.u32le() * 2 ** 32;
    if (reader.left < size) return 0;
    this.#frame(timeMs * 1000, reader.bytes(size).slice());
    return reader.at;
  }

  /** Only a keyframe has a sequence header: FFmpeg's encoders repeat it before each, and nowhere else. */
  #frame(timeUs: number, bytes: Uint8Array): void {
    const config = buildAv1Config(bytes);
    const times = { dtsUs: timeUs, ptsUs: timeUs };
    if (config && !this.#track) {
      this.#track = describeVideo(0, "av1", config);
      this.#emit({ kind: "config", track: this.#track, ...times, keyframe: false, data: none });
    }
    if (!this.#track) return;
    const data = mp4Payload(this.#track, bytes);
    this.#emit({ kind: "frame", track: this.#track, ...times, keyframe: config !== undefined, data });
  }
}
