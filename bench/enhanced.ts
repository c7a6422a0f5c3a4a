import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { FlvDemuxer, type Packet } from "@sluice/media";
import type { Format } from "../packages/server/src/core/format.ts";
import { flvFormat } from "../packages/server/src/protocols/http-flv/egress.ts";
import { rtmpFormat } from "../packages/server/src/protocols/rtmp/egress.ts";

const processes = 15;
/** What a process is started with that only measures. */
const turnsOf = "turns";
/** Of so many packets is a turn: short, so that the collector of garbage and a slow moment of the machine fall on both. */
const perTurn = 500;
/** For the compiler. */
const warmTurns = 40;
/** A frame of a stream of 4 Mbit/s at 50 frames a second, and one of sound at 128 kbit/s. */
const frameBytes = { video: 10_000, audio: 340 };

type Kind = keyof typeof frameBytes;
type Message = { readonly type: 8 | 9; readonly body: Uint8Array };
/** What one publisher sends: a configuration, then frames of which each is as good as the next. */
type Sender = { readonly config: Message; readonly frame: Message };

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const avcC = "0142c00affe100166742c00ada109b011000000300100000030320f1226a01000468ce0fc8";
const hvcC =
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089";

const senders: Readonly<Record<Kind, { readonly legacy: Sender; readonly enhanced: Sender }>> = {
  video: {
    legacy: sender(9, `17 00 000000 ${avcC}`, "27 01 000028", "41"),
    enhanced: sender(9, `90 68766331 ${hvcC}`, "a1 68766331 000028", "0201"),
  },
  audio: {
    legacy: sender(8, "af 00 1190", "af 01", ""),
    enhanced: sender(8, "90 4f707573 4f707573486561640102380180bb0000000000", "91 4f707573", ""),
  },
};

/** What a packet costs that comes and goes in Enhanced RTMP, beside one in FLV's own form: read from a message, and written once for all viewers over RTMP and once for all over HTTP-FLV; in a sentence. */
export function enhanced(seconds: number): string {
  const measured = Array.from({ length: processes }, () => inProcess(seconds / 5));
  const [video, audio] = [shown(measured.map((each) => each.video)), shown(measured.map((each) => each.audio))];
  return `Enhanced RTMP: a frame of ${frameBytes.video / 1_000} KB costs ${video} as HEVC by FourCC beside H.264 in FLV's own form, from the message to the bytes for viewers over RTMP and HTTP-FLV; of sound ${audio} as Opus beside AAC (the middle of ${processes} processes)`;
}

type Compared = { readonly legacyUs: number; readonly enhancedUs: number };
type Measured = Readonly<Record<Kind, Compared>>;

/** Where a process happens to have its buffers decides by a tenth and more what copying them costs: each has a process of its own, several times. */
function inProcess(seconds: number): Measured {
  const args = ["--conditions=@sluice/source", fileURLToPath(import.meta.url), turnsOf, String(seconds)];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error("the packets could not be measured");
  return JSON.parse(stdout) as Measured;
}

/** In turns, each of them first half of the time. */
function compared(kind: Kind, seconds: number): Compared {
  const paths = { legacyUs: new Path(senders[kind].legacy), enhancedUs: new Path(senders[kind].enhanced) };
  const sums = { legacyUs: 0, enhancedUs: 0 };
  const orders = [["legacyUs", "enhancedUs"] as const, ["enhancedUs", "legacyUs"] as const];
  for (const each of Object.values(paths)) for (let turn = 0; turn < warmTurns; turn++) each.run();
  let turns = 0;
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; turns++)
    for (const which of orders[turns % 2] ?? []) sums[which] += paths[which].run();
  return { legacyUs: sums.legacyUs / turns, enhancedUs: sums.enhancedUs / turns };
}

function shown(all: readonly Compared[]): string {
  const legacyUs = middle(all.map((each) => each.legacyUs));
  const more = (middle(all.map((each) => each.enhancedUs / each.legacyUs)) - 1) * 100;
  return `${(legacyUs * (1 + more / 100)).toFixed(1)} µs beside ${legacyUs.toFixed(1)} (${more < 0 ? "" : "+"}${more.toFixed(1)} %)`;
}

function middle(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** A publisher's messages on their way to viewers. */
class Path {
  readonly #frame: Message;
  readonly #row = {};
  readonly #formats: readonly Format[];
  readonly #demuxer = new FlvDemuxer((packet) => this.#write(packet));
  #timeMs = 0;
  #written = 0;

  constructor({ config, frame }: Sender) {
    const all = { audio: true, video: true };
    this.#formats = [rtmpFormat(1, all), flvFormat("chunked", all, 0)];
    this.#frame = frame;
    this.#demuxer.tag(config.type, 0, config.body);
  }

  /** Microseconds of processor time for one packet. */
  run(): number {
    const { type, body } = this.#frame;
    this.#written = 0;
    const from = process.cpuUsage();
    for (let count = 0; count < perTurn; count++) {
      this.#timeMs += 20;
      this.#demuxer.tag(type, this.#timeMs, body);
    }
    const { user, system } = process.cpuUsage(from);
    if (this.#written < perTurn * 2 * body.length) throw new Error("not everything was written");
    return (user + system) / perTurn;
  }

  #write(packet: Packet): void {
    for (const format of this.#formats) this.#written += format.encode(packet, this.#row).length;
  }
}

/** `head` and `start` are what a frame's message and its data begin with. */
function sender(type: 8 | 9, config: string, head: string, start: string): Sender {
  const size = type === 9 ? frameBytes.video : frameBytes.audio;
  const data = Buffer.alloc(size, 0x5a);
  if (type === 9) data.writeUInt32BE(size - 4); // one NAL unit, its length before it
  data.set(bytes(start), type === 9 ? 4 : 0);
  return { config: { type, body: bytes(config) }, frame: { type, body: Buffer.concat([bytes(head), data]) } };
}

if (process.argv[2] === turnsOf) {
  const seconds = Number(process.argv[3]);
  console.log(JSON.stringify({ video: compared("video", seconds), audio: compared("audio", seconds) }));
}
