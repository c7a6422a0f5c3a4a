import { ByteWriter } from "../bytes/byte-writer.ts";
import { MalformedError } from "../malformed-error.ts";
import { box, fullBox } from "./box.ts";

/** What `eventMessage` tells the player. Times in units of `timescale`. */
export type Mp4Event = {
  /** A URI that says what `value` and `data` mean. */
  readonly scheme: string;
  readonly value: string;
  readonly timescale: number;
  /** When it happens, on the timeline of the media. */
  readonly time: number;
  /** Absent where nobody knows. */
  readonly duration?: number;
  /** Two boxes with one scheme, value and id are the same event. */
  readonly id: number;
  readonly data: Uint8Array;
};

const secondsBefore1970 = 2_208_988_800;
const micro = 1_000_000;
const unknownDuration = 2 ** 32 - 1;
const maxText = 1024;
const maxData = 2 ** 20;

/** What a segment begins with: DASH's and CMAF's brands of segments (ISO/IEC 14496-12, 8.16.2; 23000-19, 7.3.3.1). Not `msix`, which promises an index. */
export function segmentType(): Uint8Array {
  return box("styp", new ByteWriter(16).utf8("msdh").u32(0).utf8("msdh").utf8("cmfs").finish());
}

/** Producer reference time: the encoder took in what is shown at `mediaTime` when the clock showed `unixUs` (ISO/IEC 14496-12, 8.16.5). Throws `mp4/time`. */
export function producerReferenceTime(trackId: number, unixUs: number, mediaTime: number): Uint8Array {
  checkTime(unixUs);
  checkTime(mediaTime);
  const fraction = Math.floor(((unixUs % micro) / micro) * 2 ** 32);
  const fields = new ByteWriter(20)
    .u32(trackId)
    .u32(Math.floor(unixUs / micro) + secondsBefore1970) // NTP's own era ends in 2036: then it starts at 0 again
    .u32(fraction)
    .u64(mediaTime)
    .finish();
  return fullBox("prft", 1, 0, fields);
}

/** DASH event message (ISO/IEC 23009-1, 5.10.3.3.4), version 1: its time is absolute. Throws `mp4/event` for texts that do not fit or data of more than 1 MiB, `mp4/time`. */
export function eventMessage(event: Mp4Event): Uint8Array {
  const { scheme, value, timescale, time, duration = unknownDuration, id, data } = event;
  checkTime(time);
  if (!Number.isInteger(duration) || duration < 0 || duration > unknownDuration)
    throw new MalformedError("mp4/time", `an event of duration ${duration}`);
  for (const text of [scheme, value])
    if (text.length > maxText || text.includes("\0"))
      throw new MalformedError("mp4/event", `a text of ${text.length} characters that may hold a zero`);
  if (data.length > maxData) throw new MalformedError("mp4/event", `an event of ${data.length} bytes`);
  const fields = new ByteWriter(22 + scheme.length + value.length + data.length)
    .u32(timescale)
    .u64(time)
    .u32(duration)
    .u32(id)
    .utf8(scheme)
    .u8(0)
    .utf8(value)
    .u8(0)
    .bytes(data)
    .finish();
  return fullBox("emsg", 1, 0, fields);
}

function checkTime(value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new MalformedError("mp4/time", `a time of ${value}`);
}
