import { conforms } from "../../../testing/conforms.ts";
import { tsViewer } from "../../../testing/ts-viewer.ts";
import type { Host } from "../../protocol.ts";
import { httpTs } from "./index.ts";

const start = (host: Host) => httpTs.start(host, () => ({ enabled: true }));

conforms({
  name: "HTTP-TS",
  start,
  watch: ({ ports }, stream) => tsViewer(ports["http.port"] ?? 0, `${stream}.ts`),
  refusal: /status 403/,
});
