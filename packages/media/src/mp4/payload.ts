import { ByteWriter } from "../bytes/byte-writer.ts";
import { ObuType, obus } from "../codecs/av1-obus.ts";
import { lenient } from "../codecs/lenient.ts";
import type { Track } from "../track.ts";

/** What has no place in a sample, or says nothing there (AV1 in ISOBMFF, 2.4). */
const unwanted = new Set<number>([
  ObuType.temporalDelimiter,
  ObuType.redundantFrameHeader,
  ObuType.tileList,
  ObuType.padding,
]);

/** A packet's data as an MP4 sample: AV1 without temporal delimiters, which some encoders send; all else as it is. */
export function mp4Payload({ codec }: Track, data: Uint8Array): Uint8Array {
  return codec === "av1" ? (lenient(() => withoutUnwanted(data)) ?? data) : data;
}

/** Nearly always there is nothing to leave out, or one delimiter in front: then nothing is copied. */
function withoutUnwanted(data: Uint8Array): Uint8Array {
  let length = 0;
  let start: number | undefined;
  for (const { type, whole } of obus(data)) {
    if (unwanted.has(type)) continue;
    start ??= whole.byteOffset - data.byteOffset;
    length += whole.length;
  }
  if (start === data.length - length) return start === 0 ? data : data.subarray(start);
  const writer = new ByteWriter(length);
  for (const { type, whole } of obus(data)) if (!unwanted.has(type)) writer.bytes(whole);
  return writer.finish();
}
