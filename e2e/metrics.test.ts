import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import test from "node:test";
import { flvViewer } from "../packages/server/testing/clients.ts";
import { figure, readExposition } from "../packages/server/testing/exposition.ts";
import { clip } from "./clips.ts";
import { ffmpeg, missing, until } from "./peers.ts";
import { isLive, startServer } from "./server.ts";

const skip = missing("ffmpeg", "promtool");

test("promtool finds nothing wrong with the metrics of a server that is in use", { skip }, async (t) => {
  const server = await startServer(t);
  const publisher = ffmpeg(`-re -stream_loop -1 -i ${await clip("full")} -c copy -f flv ${server.rtmp}/live/cam`);
  t.after(() => publisher.child.kill("SIGKILL"));
  await until(() => isLive(server, "live/cam"), "the stream is live");
  const viewer = await flvViewer(Number(new URL(server.http).port), "live/cam");
  t.after(() => viewer.close());
  await until(() => viewer.packets.length > 10, "somebody watches");
  const text = await fetch(`${server.http}/metrics`).then((response) => response.text());
  const now = readExposition(text);
  assert.equal(figure(now, "sluice_streams", { state: "live" }), 1);
  assert.equal(figure(now, "sluice_sessions", { protocol: "http-flv" }), 1);
  assert.ok((figure(now, "sluice_frame_age_seconds_count") ?? 0) > 0);
  assert.ok((figure(now, "sluice_write_pass_seconds_count") ?? 0) > 0);

  const child = spawn("promtool", ["check", "metrics"], { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  const hear = (bytes: Buffer) => {
    said += bytes;
  };
  for (const output of [child.stdout, child.stderr]) output.on("data", hear);
  child.stdin.end(text);
  const [code] = await once(child, "close");
  assert.deepEqual([code, said], [0, ""]);
});
