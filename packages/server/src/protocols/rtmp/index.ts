import { defineProtocol } from "../../protocol.ts";
import { listenRtmp } from "./listen.ts";
import { rtmpSettings } from "./settings.ts";

/** RTMP and RTMPS: publish and play. */
export const rtmp = defineProtocol({
  name: "rtmp",
  schemes: ["rtmp", "rtmps"],
  config: rtmpSettings,
  start: listenRtmp,
});
