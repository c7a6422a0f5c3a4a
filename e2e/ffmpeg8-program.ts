import { existsSync } from "node:fs";
import { ffmpeg8 } from "../tools/ffmpeg8.ts";

/**
 * As much of ffmpeg's command line as is needed here, on the FFmpeg 8 that is inside node-av: copies the pictures and the sound of its inputs into one output. With `-pause 0.5=FILE` it stops after half a second
 * of media until there is that file, so that viewers can come meanwhile.
 *   node ffmpeg8-program.ts -re -i pictures.flv -i more.flv -f flv rtmp://127.0.0.1/live/cam
 *   node ffmpeg8-program.ts -rtmp_enhanced_codecs hvc1,av01 -i rtmp://127.0.0.1/live/cam -f framecrc pipe:1
 */
if (!ffmpeg8) throw new Error("FFmpeg 8 is not there: npm test -- e2e fetches it");
/** AVMEDIA_TYPE_AUDIO; pictures are 0. */
const audioType = 1;
const { FormatContext, Packet, Dictionary } = (await import(ffmpeg8)) as Library;

const [line, output] = [process.argv.slice(2, -1), process.argv.at(-1) ?? ""];
const inputs: Input[] = [];
let options: Record<string, string> = {};
let paced = false;
const pauses: { readonly seconds: number; readonly file: string }[] = [];
let format = "";
for (let at = 0; at < line.length; at++) {
  const [word = "", value = ""] = [line[at], line[at + 1]];
  if (word === "-re") paced = true;
  else {
    at += 1;
    if (word === "-f") format = value;
    else if (word === "-pause") {
      const [seconds, file = ""] = value.split("=");
      pauses.push({ seconds: Number(seconds), file });
    } else if (word === "-i") {
      inputs.push(await opened(value, options));
      options = {};
    } else options[word.slice(1)] = value;
  }
}
await copy();

async function opened(url: string, settings: Record<string, string>): Promise<Input> {
  const context = new FormatContext();
  context.allocContext();
  succeeded(await context.openInput(url, null, Dictionary.fromObject(settings)), `open ${url}`);
  succeeded(await context.findStreamInfo(null), `understand ${url}`);
  const packet = new Packet();
  packet.alloc();
  return { context, packet, streams: new Map(), next: undefined };
}

async function copy(): Promise<void> {
  const out = new FormatContext();
  succeeded(out.allocOutputContext2(null, format, output), `make ${format}`);
  for (const input of inputs) {
    for (const from of input.context.streams) {
      if (from.codecpar.codecType > audioType) continue;
      const to = out.newStream(null);
      from.codecpar.copy(to.codecpar);
      to.codecpar.codecTag = 0; // each container has its own
      to.timeBase = from.timeBase;
      input.streams.set(from.index, { from, to });
    }
  }
  succeeded(await out.openOutput(), `open ${output}`);
  succeeded(await out.writeHeader(Dictionary.fromObject(options)), "write the header");
  for (const input of inputs) await advance(input);
  let began = performance.now();
  for (let input = earliest(); input?.next; input = earliest()) {
    const { stream, seconds } = input.next;
    began += await paused(seconds);
    const waitMs = seconds * 1_000 - (performance.now() - began);
    if (paced && waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    input.packet.rescaleTs(stream.from.timeBase, stream.to.timeBase);
    input.packet.streamIndex = stream.to.index;
    succeeded(await out.interleavedWriteFrame(input.packet), "write a packet");
    await advance(input);
  }
  succeeded(await out.writeTrailer(), "write the end");
  await out.closeOutput();
}

/** Waits where a pause is due; resolves to the milliseconds that it took. */
async function paused(seconds: number): Promise<number> {
  const from = performance.now();
  const pause = pauses.find((each) => each.seconds <= seconds);
  while (pause && !existsSync(pause.file)) await new Promise((resolve) => setTimeout(resolve, 20));
  if (pause) pauses.splice(pauses.indexOf(pause), 1);
  return performance.now() - from;
}

function earliest(): Input | undefined {
  const open = inputs.filter(({ next }) => next !== undefined);
  return open.sort((one, other) => (one.next?.seconds ?? 0) - (other.next?.seconds ?? 0))[0];
}

/** Reads on, to the next packet that is copied. */
async function advance(input: Input): Promise<void> {
  const { context, packet, streams } = input;
  input.next = undefined;
  while ((await context.readFrame(packet)) >= 0) {
    const stream = streams.get(packet.streamIndex);
    if (stream) {
      const { num, den } = stream.from.timeBase;
      input.next = { stream, seconds: (Number(packet.dts) * num) / den };
      return;
    }
    packet.unref();
  }
}

function succeeded(code: number, what: string): void {
  if (code < 0) throw new Error(`FFmpeg 8 could not ${what}: ${code}`);
}

type Rational = { readonly num: number; readonly den: number };
type Stream = {
  readonly index: number;
  readonly codecpar: { readonly codecType: number; codecTag: number | string; copy(to: unknown): number };
  timeBase: Rational;
};
type Packet = {
  streamIndex: number;
  readonly dts: bigint;
  alloc(): void;
  unref(): void;
  rescaleTs(from: Rational, to: Rational): void;
};
type Context = {
  readonly streams: readonly Stream[];
  allocContext(): void;
  allocOutputContext2(format: null, name: string, file: string): number;
  openInput(url: string, format: null, options: unknown): Promise<number>;
  findStreamInfo(options: null): Promise<number>;
  readFrame(packet: Packet): Promise<number>;
  newStream(codec: null): Stream;
  openOutput(): Promise<number>;
  writeHeader(options: unknown): Promise<number>;
  interleavedWriteFrame(packet: Packet): Promise<number>;
  writeTrailer(): Promise<number>;
  closeOutput(): Promise<void>;
};
type Input = {
  readonly context: Context;
  readonly packet: Packet;
  readonly streams: Map<number, { readonly from: Stream; readonly to: Stream }>;
  next: { readonly stream: { readonly from: Stream; readonly to: Stream }; readonly seconds: number } | undefined;
};
/** What is used of node-av, which is not installed where types are checked. */
type Library = {
  readonly FormatContext: new () => Context;
  readonly Packet: new () => Packet;
  readonly Dictionary: { fromObject(options: Record<string, string>): unknown };
};
