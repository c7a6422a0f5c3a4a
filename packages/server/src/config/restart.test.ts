import assert from "node:assert/strict";
import test from "node:test";
import { configKeys } from "./keys.ts";
import { parseConfig } from "./load.ts";
import { keysThatNeedRestart, restartKeys } from "./restart.ts";

test("every key that needs a restart is a key, and every listener's address and port is among them", () => {
  const keys = configKeys.map(({ path }) => path.join("."));
  assert.deepEqual(
    restartKeys.filter((key) => !keys.includes(key)),
    [],
  );
  const listeners = keys.filter((key) => /\.(?:host|port|securePort)$/.test(key));
  assert.deepEqual(
    listeners.filter((key) => !restartKeys.includes(key)),
    [],
  );
});

test("only what changed and is read at the start needs a restart", () => {
  const before = parseConfig("auth: open", {}).config;
  const after = parseConfig(
    "auth: key\nstreamKeys: [12345678a]\nhttp: { port: 81, origins: [] }\nrtmp: { secureEnabled: false }",
    {},
  ).config;
  assert.deepEqual(keysThatNeedRestart(before, after), ["rtmp.secureEnabled", "http.port"]);
  assert.deepEqual(keysThatNeedRestart(before, before), []);
});
