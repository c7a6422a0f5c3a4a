import { ByteReader } from "../bytes/byte-reader.ts";

/** VPCodecConfigurationRecord (VP Codec ISO Media File Format Binding, 2). */
export type VpConfig = { readonly profile: number; readonly level: number; readonly bitDepth: number };

const boxHeader = 4;

/** Reads a vpcC, with or without the version and flags of its box. Throws `bytes/short`. */
export function parseVpConfig(bytes: Uint8Array): VpConfig {
  const reader = new ByteReader(bytes);
  if (bytes[0] === 1 && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0) reader.skip(boxHeader);
  const [profile, level, third] = [reader.u8(), reader.u8(), reader.u8()];
  return { profile, level, bitDepth: third >> 4 };
}

/** The same document, 4: `vp09.PP.LL.DD`. */
export function vpCodecString(codec: "vp8" | "vp9", { profile, level, bitDepth }: VpConfig): string {
  const digits = [profile, level, bitDepth].map((each) => String(each).padStart(2, "0"));
  return `${codec === "vp8" ? "vp08" : "vp09"}.${digits.join(".")}`;
}
