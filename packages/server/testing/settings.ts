import type { RtmpSettings } from "../src/protocols/rtmp/settings.ts";

/** RTMP on a port of its own, without TLS. */
export const rtmpTestSettings: RtmpSettings = {
  enabled: true,
  host: "127.0.0.1",
  port: 0,
  secureEnabled: false,
  securePort: 0,
  handshakeTimeout: "10s",
  requestTimeout: "30s",
  publisherTimeout: "30s",
  waitTimeout: "60s",
};
