import { Type } from "typebox";

/** The `dash` section of the configuration. */
export const dashSettings = Type.Object(
  { enabled: Type.Boolean({ default: true, description: "serve /app/name.mpd: DASH with low latency" }) },
  { additionalProperties: false, default: {}, description: "DASH" },
);
