import { Type } from "typebox";

/** The `hls` section of the configuration. */
export const hlsSettings = Type.Object(
  { enabled: Type.Boolean({ default: true, description: "serve /app/name.m3u8: HLS and Low-Latency HLS" }) },
  { additionalProperties: false, default: {}, description: "HLS and Low-Latency HLS" },
);
