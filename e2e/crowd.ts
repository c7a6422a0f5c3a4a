import { flvViewer, rtmpViewer } from "../packages/server/testing/clients.ts";

/** A process full of viewers, half of them over RTMP and half over HTTP-FLV, for a test to kill: `crowd.ts RTMP_PORT HTTP_PORT STREAM COUNT`. Says when all of them watch. */
const [rtmpPort = "", httpPort = "", stream = "", count = ""] = process.argv.slice(2);
for (let opened = 0; opened < Number(count); opened += 2) {
  await Promise.all([rtmpViewer(Number(rtmpPort), stream), flvViewer(Number(httpPort), stream)]);
}
process.stdout.write("all watch\n");
setInterval(() => {}, 1_000);
