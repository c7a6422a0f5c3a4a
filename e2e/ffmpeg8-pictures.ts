import { createHash } from "node:crypto";
import { ffmpeg8 } from "../tools/ffmpeg8.ts";

/**
 * Prints, one a line, the time in milliseconds and the checksum of each picture that the FFmpeg 8 inside node-av decodes of the first stream of a file or an address.
 *   node ffmpeg8-pictures.ts http://127.0.0.1:8080/live/cam.m3u8
 */
if (!ffmpeg8) throw new Error("FFmpeg 8 is not there: npm test -- e2e fetches it");
const { FormatContext, Packet, Dictionary, Codec, CodecContext, Frame } = (await import(ffmpeg8)) as Library;

const context = new FormatContext();
context.allocContext();
succeeded(await context.openInput(process.argv[2] ?? "", null, Dictionary.fromObject({})), "open it");
succeeded(await context.findStreamInfo(null), "understand it");
const [stream] = context.streams;
const codec = stream && Codec.findDecoder(stream.codecpar.codecId);
if (!stream || !codec) throw new Error("FFmpeg 8 has no decoder for it");
const decoder = new CodecContext();
decoder.allocContext3(codec);
succeeded(decoder.parametersToContext(stream.codecpar), "take over what is known of it");
succeeded(await decoder.open2(codec, null), "open the decoder");
const [packet, frame] = [new Packet(), new Frame()];
packet.alloc();
frame.alloc();
while ((await context.readFrame(packet)) >= 0) {
  if (packet.streamIndex === stream.index) await decode(packet);
  packet.unref();
}
await decode(null);

async function decode(from: Packet | null): Promise<void> {
  if (!stream) return;
  succeeded(await decoder.sendPacket(from), "decode it");
  while ((await decoder.receiveFrame(frame)) >= 0) {
    const { num, den } = stream.timeBase;
    const hash = createHash("md5").update(frame.toBuffer()).digest("hex");
    console.log(`${Math.round((Number(frame.pts) * 1_000 * num) / den)} ${hash}`);
    frame.unref();
  }
}

function succeeded(code: number, what: string): void {
  if (code < 0) throw new Error(`FFmpeg 8 could not ${what}: ${code}`);
}

type Stream = {
  readonly index: number;
  readonly codecpar: { readonly codecId: number };
  readonly timeBase: { readonly num: number; readonly den: number };
};
type Packet = { readonly streamIndex: number; alloc(): void; unref(): void };
type Frame = { readonly pts: bigint; alloc(): void; unref(): void; toBuffer(): Buffer };
/** What is used of node-av, which is not installed where types are checked. */
type Library = {
  readonly FormatContext: new () => {
    readonly streams: readonly Stream[];
    allocContext(): void;
    openInput(url: string, format: null, options: unknown): Promise<number>;
    findStreamInfo(options: null): Promise<number>;
    readFrame(packet: Packet): Promise<number>;
  };
  readonly Packet: new () => Packet;
  readonly Frame: new () => Frame;
  readonly Codec: { findDecoder(id: number): object | null };
  readonly CodecContext: new () => {
    allocContext3(codec: object): void;
    parametersToContext(parameters: object): number;
    open2(codec: object, options: null): Promise<number>;
    sendPacket(packet: Packet | null): Promise<number>;
    receiveFrame(frame: Frame): Promise<number>;
  };
  readonly Dictionary: { fromObject(options: Record<string, string>): unknown };
};
