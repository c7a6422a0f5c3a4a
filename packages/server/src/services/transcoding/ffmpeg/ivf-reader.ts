import {
  ByteReader,
  buildAv1Config,
  describeVideo,
  MalformedError,
  mp4Payload,
  type Packet,
  type VideoTrack,
} from "@sluice/media";

const none = new Uint8Array();
const fileHeader = 32;
const frameHeader = 12;
const maxFrame = 16 * 1024 * 1024;

/** Reads AV1 in IVF, which FFmpeg writes at once: a header, then frames with a size and a time in milliseconds. The configuration is in the keyframes. Throws `ivf/signature`, `ivf/size`. */
export class IvfReader {
  readonly #emit: (packet: Packet) => void;
  #bytes: Uint8Array = none;
  #begun = false;
  #track: VideoTrack | undefined;

  constructor(emit: (packet: Packet) => void) {
    this.#emit = emit;
  }

  push(bytes: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? bytes : joined(this.#bytes, bytes);
    let at = 0;
    for (let taken = this.#next(at); taken > 0; taken = this.#next(at)) at += taken;
    this.#bytes = at === this.#bytes.length ? none : this.#bytes.slice(at);
  }

  /** Reads what is whole at `at`; returns how many bytes it was, 0 when it is not all there. */
  #next(at: number): number {
    const reader = new ByteReader(this.#bytes.subarray(at));
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

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
