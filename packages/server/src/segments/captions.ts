import type { Packet } from "@sluice/media";

/** Supplemental information: NAL unit types 6 of H.264, and 39 and 40 of HEVC. */
const isInformation = {
  h264: (header: number) => (header & 31) === 6,
  hevc: (header: number) => ((header >> 1) & 63) === 39 || ((header >> 1) & 63) === 40,
};
/** user_data_registered_itu_t_t35 of the ATSC with caption data (A/53 part 4, 6.2.3): country, provider, "GA94", type. */
const captions = [0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03];
const maxUnitBytes = 4096;

/** Whether a picture carries CEA-608 or CEA-708 captions. */
export function hasCaptions({ track, data }: Packet): boolean {
  if (track.codec !== "h264" && track.codec !== "hevc") return false;
  const isWanted = isInformation[track.codec];
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at + 5 < data.length; ) {
    const length = view.getUint32(at);
    const unit = data.subarray(at + 4, Math.min(at + 4 + length, at + maxUnitBytes));
    if (isWanted(unit[0] ?? 0) && holds(unit)) return true;
    at += 4 + length;
  }
  return false;
}

function holds(unit: Uint8Array): boolean {
  for (let at = unit.indexOf(0xb5); at >= 0; at = unit.indexOf(0xb5, at + 1)) {
    if (captions.every((byte, index) => unit[at + index] === byte)) return true;
  }
  return false;
}
