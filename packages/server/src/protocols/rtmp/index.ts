import { defineProtocol } from "../../protocol.ts";
import { listenRtmp } from "./listen.ts";
import { pullRtmp } from "./pull.ts";
import { pushRtmp } from "./push.ts";
import { rtmpSettings } from "./settings.ts";

/** RTMP and RTMPS: publish and play, here and at other servers. */
export const rtmp = defineProtocol({
  name: "rtmp",
  schemes: ["rtmp", "rtmps"],
  config: rtmpSettings,
  start: listenRtmp,
  push: pushRtmp,
  pull: pullRtmp,
});
