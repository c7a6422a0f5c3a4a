import { flvViewer, webSocketViewer } from "../../../testing/clients.ts";
import { conforms } from "../../../testing/conforms.ts";
import type { Host } from "../../protocol.ts";
import { httpFlv } from "./index.ts";

const start = (host: Host) => httpFlv.start(host, () => ({ enabled: true }));

conforms({
  name: "HTTP-FLV",
  start,
  watch: ({ ports }, stream) => flvViewer(ports["http.port"] ?? 0, stream),
  refusal: /status 403/,
});

conforms({
  name: "WebSocket-FLV",
  start,
  watch: ({ ports }, stream) => webSocketViewer(ports["http.port"] ?? 0, stream),
  refusal: /status 403/,
});
