import assert from "node:assert/strict";
import test from "node:test";
import { layerProblems } from "./layers.ts";

const core = "packages/server/src/core/hub.ts";
const http = "packages/server/src/http/server.ts";
const rtmp = "packages/server/src/protocols/rtmp/listen.ts";

const allowed: readonly (readonly [path: string, text: string])[] = [
  [
    core,
    'import { Track } from "@sluice/media";\nimport { Stream } from "./stream.ts";\nimport { hash } from "node:crypto";',
  ],
  [core, "// rtmp sends this twice\n/* so does\n   hls */\nexport const gap = 1;"],
  [core, 'const dashed = "a-b"; // dash'],
  [
    rtmp,
    'import { Hub } from "../../core/hub.ts";\nimport { ServerConnection } from "@sluice/rtmp";\nimport "./player.ts";',
  ],
  ["packages/server/src/protocols/index.ts", 'import { rtmp } from "./rtmp/index.ts";'],
  ["packages/server/src/app.ts", 'import { startProtocols } from "./protocols/index.ts";'],
  ["packages/server/src/cli.ts", 'const { serve } = await import("./cli/serve.ts");'],
  [
    "packages/rtmp/src/handshake.ts",
    'import { ByteReader } from "@sluice/media";\nimport { Demand } from "./demand.ts";',
  ],
  ["packages/media/src/flv/tag.test.ts", 'import test from "node:test";\nimport fc from "fast-check";'],
  ["packages/server/src/core/hub.test.ts", 'import { rtmp } from "../protocols/rtmp/index.ts";'],
  ["packages/server/src/core/database.ts", "export class Database { #private = 1; }"],
];

for (const [path, text] of allowed) {
  test(`${path} may hold ${text.split("\n")[0]}`, () => assert.deepEqual(layerProblems([{ path, text }]), []));
}

const refused: readonly (readonly [path: string, text: string, problem: string])[] = [
  [core, 'import { A } from "../http/server.ts";', "core may not import http/server.ts"],
  [core, 'import "../services/auth/stream-keys.ts";', "core may not import services/auth/stream-keys.ts"],
  [core, 'const a = await import("../config/load.ts");', "core may not import config/load.ts"],
  [core, 'export * from "../nowhere/x.ts";', "core may not import nowhere/x.ts"],
  [core, 'const kind = "rtmp";', "the core names a protocol (rtmp)"],
  [core, "const url = `http-flv://`;", "the core names a protocol (flv)"],
  [core, 'const url = "a//b"; const flv = 1;', "the core names a protocol (flv)"],
  [core, "const fromHls = 1;", "the core names a protocol (Hls)"],
  [core, 'const name = "dash";', 'the core names a protocol ("dash")'],
  [http, 'import { a } from "../protocols/rtmp/index.ts";', "http may not import protocols/rtmp/index.ts"],
  [http, 'import { a } from "../services/auth/stream-keys.ts";', "http may not import services/auth/stream-keys.ts"],
  [http, 'import { a } from "@sluice/rtmp";', "only protocols/rtmp speaks through @sluice/rtmp"],
  [
    http,
    'import { a } from "../../../media/src/track.ts";',
    "a package is entered by its name, not by ../../../media/src/track.ts",
  ],
  [
    rtmp,
    'import { a } from "../http-flv/index.ts";',
    "a protocol may not import another (protocols/http-flv/index.ts)",
  ],
  [
    rtmp,
    'import { a } from "../../services/auth/stream-keys.ts";',
    "protocols may not import services/auth/stream-keys.ts",
  ],
  [rtmp, 'import { a } from "../../app.ts";', "protocols may not import app.ts"],
  [
    "packages/server/src/protocols/index.ts",
    'import { a } from "./rtmp/listen.ts";',
    "a protocol is entered by its index.ts, not by protocols/rtmp/listen.ts",
  ],
  [
    "packages/server/src/app.ts",
    'import { a } from "./protocols/rtmp/index.ts";',
    "app may not import protocols/rtmp/index.ts",
  ],
  ["packages/server/src/stray.ts", "", "stands in no layer (tools/layers.ts)"],
  ["packages/media/src/track.ts", 'import { a } from "node:fs";', "media may not import node:fs"],
  ["packages/media/src/track.ts", 'import { a } from "@sluice/rtmp";', "media may not import @sluice/rtmp"],
  ["packages/rtmp/src/chunk.ts", 'import { a } from "node:net";', "rtmp may not import node:net"],
  ["packages/media/src/utils.ts", "", "the name says nothing; ask what noun it serves"],
  ["packages/server/src/http/helpers/html.ts", "", "the name says nothing; ask what noun it serves"],
  ["tools/common.mjs", "", "the name says nothing; ask what noun it serves"],
  [http, "class A {\n  private a = 1;\n}", "private members are written #name"],
  [`${http.slice(0, -3)}.test.ts`, "// @ts-expect-error", "a rule is switched off; keep to it or change it for all"],
];

for (const [path, text, problem] of refused) {
  test(`${path} may not: ${problem}`, () => assert.deepEqual(layerProblems([{ path, text }]), [`${path}: ${problem}`]));
}
