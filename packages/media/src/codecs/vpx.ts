import { ByteReader } from "../bytes/byte-reader.ts";
import type { Colour } from "./vui.ts";

/** VPCodecConfigurationRecord (VP Codec ISO Media File Format Binding, 2). */
export type VpConfig = { readonly profile: number; readonly level: number; readonly bitDepth: number };

const boxHeader = 4;

/** Reads a vpcC, with or without the version and flags of its box. Throws `bytes/short`. */
export function parseVpConfig(bytes: Uint8Array): VpConfig {
  const reader = new ByteReader(withoutVpBoxHeader(bytes));
  const [profile, level, third] = [reader.u8(), reader.u8(), reader.u8()];
  return { profile, level, bitDepth: third >> 4 };
}

/** What a vpcC says of colours. Throws `bytes/short`. */
export function vpColour(bytes: Uint8Array): Colour {
  const reader = new ByteReader(withoutVpBoxHeader(bytes));
  reader.skip(2);
  const fullRange = (reader.u8() & 1) !== 0;
  return { primaries: reader.u8(), transfer: reader.u8(), matrix: reader.u8(), fullRange };
}

/** The record alone, where the version and flags of its box stand before it: FFmpeg sends them. */
export function withoutVpBoxHeader(bytes: Uint8Array): Uint8Array {
  const [version, ...flags] = bytes.subarray(0, boxHeader);
  return version === 1 && flags.every((each) => each === 0) ? bytes.subarray(boxHeader) : bytes;
}

/** The same document, 4: `vp09.PP.LL.DD`. */
export function vpCodecString(codec: "vp8" | "vp9", { profile, level, bitDepth }: VpConfig): string {
  const digits = [profile, level, bitDepth].map((each) => String(each).padStart(2, "0"));
  return `${codec === "vp8" ? "vp08" : "vp09"}.${digits.join(".")}`;
}
