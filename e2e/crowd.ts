import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { rtmpClient } from "../packages/server/testing/clients.ts";
import { until } from "../packages/server/testing/host.ts";

/** A process full of viewers, half of them over RTMP and half over HTTP-FLV, for a test to kill: `crowd.ts RTMP_PORT HTTP_PORT STREAM COUNT`. Says when all of them watch. They look at nothing that they get: hundreds of them are to be little work. */
const [rtmpPort = "", httpPort = "", stream = "", count = ""] = process.argv.slice(2);
const [app, name = ""] = stream.split("/");
for (let opened = 0; opened < Number(count); opened += 2) await Promise.all([overRtmp(), overHttp()]);
process.stdout.write("all watch\n");
setInterval(() => {}, 1_000);

async function overRtmp(): Promise<void> {
  const { socket, connection, statuses } = await rtmpClient(Number(rtmpPort), app);
  connection.play(1, name);
  await until(() => statuses().some((code) => code === "NetStream.Play.Start"), "it plays");
  socket.removeAllListeners("data").resume();
}

async function overHttp(): Promise<void> {
  const [response] = (await once(get(`http://127.0.0.1:${httpPort}/${stream}.flv`, { agent: false }), "response")) as [
    IncomingMessage,
  ];
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
  response.resume();
}
