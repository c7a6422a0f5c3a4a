import { bodies, bytes } from "./wire-bytes.ts";

const avcC = bodies.VSH.subarray(5);
const key = bodies.VI.subarray(5);
const inter = bodies.VP.subarray(5);
const hvcC = bytes(
  "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001eba0240a10001002842010101600000030090000003000003001ea020810596e92930bc05a02000000300200000030321a2000100064401c073c089",
);

/** Message bodies of Enhanced RTMP that decoders accept: what OBS and FFmpeg send. */
export const enhanced = {
  /** HEVC: configuration, a keyframe, one that is shown 800,000 ns after its time, an inter frame, colours as OBS sends them. */
  HSH: Buffer.concat([bytes("90 68766331"), hvcC]),
  HI: bytes("91 68766331 000000 000000092801ac760d9091d238"),
  HINano: bytes("97 02 0c3500 01 68766331 000000 000000092801ac760d9091d238"),
  HP: bytes("a1 68766331 000000 000000090201d0097883b0a098"),
  HColours: bytes("84 68766331 02 0009 636f6c6f72496e666f 03 000009"),
  /** H.264 as video track 1. */
  VSH1: Buffer.concat([bytes("96 00 61766331 01"), avcC]),
  VI1: Buffer.concat([bytes("96 01 61766331 01 000000"), key]),
  VP1: Buffer.concat([bytes("a6 01 61766331 01 000000"), inter]),
  /** AAC as audio track 1. */
  ASH1: bytes("95 00 6d703461 01 1210"),
  AF1: bytes("95 01 6d703461 01 211004608c1c"),
  /** VP9: configuration and a keyframe. */
  VP9SH: bytes("90 76703039 01000000 00 0a 82 02 02 02 0000"),
  VP9I: bytes("91 76703039 82498342 00 03f0 03f6 00 38241c18"),
  /** Opus: configuration and a frame. */
  OSH: bytes("90 4f707573 4f70757348656164 01 02 3801 80bb0000 0000 00"),
  OF: bytes("91 4f707573 f8fffe"),
} as const;
