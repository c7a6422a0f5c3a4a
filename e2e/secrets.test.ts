import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { peer } from "./peers.ts";
import { startServer } from "./server.ts";

/** Each is planted where it belongs, and looked for wherever it does not. */
const planted = {
  streamKey: "planted-stream-key-0001",
  jwt: "planted-jwt-secret-00000000000002",
  signed: "planted-signing-secret-0003",
  callback: "planted-callback-secret-0004",
  password: "planted-password-0005",
  wrongKey: "planted-wrong-key-0006",
  wrongToken: "planted.wrong.token-0007",
  kept: "planted-kept-key-0008",
  push: "planted-push-key-0009",
  pushToken: "planted-push-token-0010",
};

test("planted secrets are in no log, no answer, no error, no list of processes and no file but the configuration", async (t) => {
  const server = await startServer(
    t,
    `streamKeys: [${planted.streamKey}]
console: { password: "" }
apps:
  live:
    push: [{ url: "rtmp://127.0.0.1:9/live/${planted.push}?token=${planted.pushToken}", private: true }]
    access:
      publish: [key, jwt, signed, callback]
      play: [jwt, signed]
      jwt: { secret: ${planted.jwt} }
      signed: { secret: ${planted.signed} }
      callback: { publish: "http://user:${planted.password}@127.0.0.1:9/", secret: ${planted.callback}, retries: 0 }
`,
  );
  const seen: string[] = [];
  const sluice = async (...args: string[]) => {
    const main = new URL("../packages/server/bin/main.mjs", import.meta.url).pathname;
    const { text, done } = peer(process.execPath, [main, "-c", join(server.folder, "sluice.yaml"), ...args], {
      env: { SLUICE_HTTP_PORT: new URL(server.http).port },
    });
    await done;
    return text.out + text.err;
  };
  // Publishers with the right key, a wrong one, one that is kept, and none.
  const made = await sluice("key", "create", "live/kept", "--label", "studio");
  const kept = /^Key {3}(\S+)/.exec(made)?.[1] ?? assert.fail(made);
  for (const query of [
    `key=${planted.streamKey}`,
    `key=${planted.wrongKey}`,
    `token=${planted.wrongToken}`,
    `key=${kept}`,
    "x=1",
  ]) {
    const { done } = peer("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:rate=25", "-t", "1", "-c:v", "libx264"],
      ...["-f", "flv", `${server.rtmp}/live/kept?${query}`],
    ]);
    await done;
  }
  for (const path of ["live/kept.flv", "live/kept.m3u8", "live/kept.mpd", "api/v1/sessions", "live/kept", "nothing"]) {
    for (const query of [`key=${planted.wrongKey}`, `token=${planted.wrongToken}`, `signature=${planted.wrongToken}`]) {
      const answer = await fetch(`${server.http}/${path}?${query}`);
      seen.push(JSON.stringify([...answer.headers]), await answer.text());
    }
  }
  for (const list of ["streams", "sessions", "audit"]) seen.push(await sluice(list));
  seen.push(await sluice("key", "list"), await sluice("ban", "list"), await sluice("push", "list"));
  seen.push(readFileSync(`/proc/${server.pid}/cmdline`, "latin1"));
  seen.push(server.output());
  const state = join(server.folder, ".sluice");
  for (const file of readdirSync(state)) seen.push(readFileSync(join(state, file), "latin1"));
  const everything = seen.join("\n");
  assert.ok(server.output().includes("publisher opened") && server.output().includes("stream-key/wrong"));
  assert.ok(server.output().includes("push failed"));
  for (const [name, secret] of [...Object.entries(planted), ["kept key", kept]])
    assert.ok(!everything.includes(secret ?? ""), `${name} is somewhere`);
});
