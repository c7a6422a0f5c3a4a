import { rtmpViewer } from "../../../testing/clients.ts";
import { conforms } from "../../../testing/conforms.ts";
import { rtmpTestSettings } from "../../../testing/settings.ts";
import { rtmp } from "./index.ts";

conforms({
  name: "RTMP",
  start: (host) => rtmp.start(host, () => rtmpTestSettings),
  watch: ({ ports }, stream) => rtmpViewer(ports["rtmp.port"] ?? 0, stream),
  refusal: /NetStream\.Play\.Failed/,
});
