import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { clip } from "./clips.ts";
import { ffmpeg, missing, peer, until, watched } from "./peers.ts";
import { type RealServer, startServer } from "./server.ts";
import { publish } from "./watch-page.ts";

const skip = missing("ffmpeg") || (process.platform === "linux" ? false : "needs /proc");
const crowd = fileURLToPath(new URL("crowd.ts", import.meta.url));

/** Files are no matter: what watches the configuration may be opened a moment after the server listens. */
function openSockets({ pid }: RealServer): number {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).filter((each) => targetOf(`${folder}/${each}`).startsWith("socket:")).length;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return ""; // it was closed while we looked
  }
}

function ended({ log }: RealServer, role: string): number {
  return log().filter(({ message }) => message === `${role} ended`).length;
}

test("hundreds of viewers that are killed at once leave no session and no socket", { skip }, async (t) => {
  const count = 400;
  const server = await startServer(t);
  await publish(t, server, "live/cam", "small");
  const before = openSockets(server);
  const [rtmpPort, httpPort] = [server.rtmp, server.http].map((url) => new URL(url).port);
  const { child, text } = peer(process.execPath, [
    "--conditions=@sluice/source",
    crowd,
    `${rtmpPort}`,
    `${httpPort}`,
    "live/cam",
    `${count}`,
  ]);
  t.after(() => child.kill("SIGKILL"));
  await until(() => text.out.includes("all watch"), "all of them watch", 120_000);
  assert.ok(openSockets(server) >= count);
  child.kill("SIGKILL");
  await until(() => ended(server, "viewer") === count, "every viewer's session has ended");
  await until(() => openSockets(server) <= before, "no socket is left");
  const { frames } = await watched(`${server.http}/live/cam.flv`, "-map 0:v", "-t 1");
  assert.ok(frames.length > 0);
});

test("publishers that are killed leave no socket, and their streams end when nobody returns", { skip }, async (t) => {
  const server = await startServer(t, "auth: open\napps: { live: { hold: 1s } }\n");
  const before = openSockets(server);
  const file = await clip("small");
  const publishers = [1, 2, 3, 4].map((number) =>
    ffmpeg(`-re -i ${file} -c copy -f flv ${server.rtmp}/live/cam${number}`),
  );
  const live = () => new Set(server.log().flatMap(({ state, stream }) => (state === "live" ? [stream] : [])));
  await until(() => live().size === 4, "all four are live");
  for (const { child } of publishers) child.kill("SIGKILL");
  await until(() => ended(server, "publisher") === 4, "every publisher's session has ended");
  await until(() => server.log().filter(({ state }) => state === "ended").length === 4, "every stream has ended");
  await until(() => openSockets(server) <= before, "no socket is left");
});
