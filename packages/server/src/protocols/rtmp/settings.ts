import { type Static, Type } from "typebox";
import { duration } from "../../config/duration.ts";

const port = { minimum: 0, maximum: 65_535 };

/** The `rtmp` section of the configuration. */
export const rtmpSettings = Type.Object(
  {
    enabled: Type.Boolean({ default: true, description: "publish and play over RTMP" }),
    host: Type.String({ default: "::", description: "address to listen on; :: is every address, IPv4 too" }),
    port: Type.Integer({ ...port, default: 1935, description: "port for RTMP" }),
    secureEnabled: Type.Boolean({ default: true, description: "publish and play over RTMPS (TLS)" }),
    securePort: Type.Integer({ ...port, default: 1936, description: "port for RTMPS" }),
    handshakeTimeout: duration({ default: "10s", description: "how long a connection may take for its handshake" }),
    requestTimeout: duration({
      default: "30s",
      description: "how long a connection may stay without publishing or playing",
    }),
    publisherTimeout: duration({ default: "30s", description: "how long a publisher may send no media" }),
    waitTimeout: duration({
      default: "60s",
      description: "how long a viewer may wait for a stream that is not there yet",
    }),
  },
  { additionalProperties: false, default: {}, description: "RTMP and RTMPS" },
);

export type RtmpSettings = Static<typeof rtmpSettings>;
