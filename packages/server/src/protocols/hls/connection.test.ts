import assert from "node:assert/strict";
import test from "node:test";
import { rawSocket, testHost, until } from "../../../testing/host.ts";
import { both, encoded, publishLive } from "../../../testing/live.ts";
import { hls } from "./index.ts";

test("one connection brings playlists, and what node has to answer, in any order; all are answered in it", async (t) => {
  const host = await testHost({ origins: ["https://a.example"] });
  t.after(() => host.close());
  await host.run((each) => hls.start(each, () => ({ enabled: true })));
  publishLive(host).append(encoded(7_000, { ...both, frameBytes: 5_000 }));
  const port = host.ports["http.port"] ?? 0;
  const master = await (await fetch(`http://127.0.0.1:${port}/live/cam.m3u8`)).text();
  const media = `/live/${master.split("\n").find((line) => line.endsWith("/v0.m3u8"))}`;
  const state = await rawSocket(port);
  const ask = (first: string, ...fields: string[]) =>
    state.socket.write(`${[`${first} HTTP/1.1`, "Host: h", ...fields].join("\r\n")}\r\n\r\n`);
  const statuses = () => [...state.received.toString("latin1").matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, each]) => each);
  const answered = async (status: number, count: number) => {
    await until(() => statuses().length === count, "it is answered");
    assert.equal(statuses().at(-1), String(status));
  };
  ask("GET /live/cam.m3u8", "Origin: https://a.example");
  await answered(200, 1);
  assert.match(state.received.toString("latin1"), /access-control-allow-origin: https:\/\/a\.example\r\n/i);
  ask(`GET ${media}`);
  await answered(200, 2);
  const etag = /etag: (\S+)\r\n/i.exec(state.received.toString("latin1"))?.[1] ?? "";
  ask(`GET ${media}`, `If-None-Match: ${etag}`);
  await answered(304, 3);
  ask("GET /live/other.m3u8");
  await answered(404, 4);
  ask("GET /live/cam/-/nobody/v0.m3u8");
  await answered(403, 5);
  ask("GET /a/b/c/..%2F.m3u8");
  await answered(404, 6);
  ask("OPTIONS /live/cam.m3u8", "Origin: https://a.example");
  await answered(204, 7);
  ask("HEAD /live/cam.m3u8");
  await answered(200, 8);
  ask(`GET ${media}`);
  await answered(200, 9);
  assert.equal(state.closed, false);
});
