import { Type } from "typebox";

/** The `httpFlv` section of the configuration. */
export const httpFlvSettings = Type.Object(
  { enabled: Type.Boolean({ default: true, description: "serve /app/name.flv over HTTP and WebSocket" }) },
  { additionalProperties: false, default: {}, description: "FLV over HTTP and WebSocket" },
);
