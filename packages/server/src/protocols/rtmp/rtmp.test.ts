import assert from "node:assert/strict";
import test from "node:test";
import { rtmpClient, rtmpViewer } from "../../../testing/clients.ts";
import { conforms } from "../../../testing/conforms.ts";
import { testHost, until } from "../../../testing/host.ts";
import { rtmpTestSettings } from "../../../testing/settings.ts";
import { rtmp } from "./index.ts";

conforms({
  name: "RTMP",
  start: (host) => rtmp.start(host, () => rtmpTestSettings),
  watch: ({ ports }, stream) => rtmpViewer(ports["rtmp.port"] ?? 0, stream),
  refusal: /NetStream\.Play\.Failed/,
});

test("a peer that asks and asks and reads no answer is let go", async (t) => {
  const host = await testHost();
  t.after(() => host.close());
  await host.run((each) => rtmp.start(each, () => rtmpTestSettings));
  const client = await rtmpClient(host.ports["rtmp.port"] ?? 0);
  t.after(() => client.socket.destroy());
  client.socket.pause();
  // Set Chunk Size was sent already; each is a User Control message on chunk stream 2: PingRequest.
  const ping = Buffer.from("020000000000060400000000" + "0006" + "00000001", "hex");
  const pings = Buffer.concat(Array.from({ length: 20_000 }, () => ping));
  const ask = () => {
    while (client.socket.writable && client.socket.write(pings));
  };
  client.socket.on("drain", ask);
  ask();
  await until(() => host.lines.some(({ reason }) => reason === "takes no answers"), "it was let go");
  await until(() => host.admission.total === 0, "its place is free");
  assert.equal(host.sessions.size, 0);
});
