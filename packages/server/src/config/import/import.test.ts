import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { parseConfig } from "../load.ts";
import type { Config } from "../schema.ts";
import { readYaml } from "../yaml-text.ts";
import { type Directive, readDirectives } from "./directives.ts";
import { type Imported, importConfig, type Server } from "./index.ts";
import { readObject } from "./js-object.ts";
import type { Setting } from "./origin.ts";
import { type Entry, entriesOf, inside } from "./tree.ts";

const folder = fileURLToPath(new URL("../../../testing/import/", import.meta.url));
const read = (file: string) => ({ file, text: readFileSync(join(folder, file), "utf8") });
const fixtures = readdirSync(folder).filter((name) => name.includes("."));
const newKey = () => "a-key-that-was-made";

function include(pattern: string) {
  return pattern === "apps/*.conf" ? [read("apps/office.conf")] : `${pattern} cannot be read here`;
}

function imported(file: string): Imported {
  return importConfig(read(file), { include, newKey });
}

/** What an import comes to, as the server reads it. */
function configOf(text: string, from?: Server): Config {
  const made = importConfig({ file: "given", text }, { from, include, newKey });
  return parseConfig(made.text, {}).config;
}

function textOf(text: string, from?: Server): string {
  return importConfig({ file: "given", text }, { from, include, newKey }).text;
}

test("which server a configuration is of is told by what is in it", () => {
  assert.deepEqual(Object.fromEntries(fixtures.map((file) => [file, imported(file).server])), {
    "mediamtx.yml": "mediamtx",
    "nginx.conf": "nginx",
    "node-media-server-json.txt": "node-media-server",
    "node-media-server-program.txt": "node-media-server",
    "srs.conf": "srs",
  });
});

for (const file of fixtures) {
  test(`what ${file} comes to is valid, says so of every line, and repeats no secret in a comment`, () => {
    const { text } = imported(file);
    assert.doesNotThrow(() => parseConfig(text, {}));
    const lines = new Set(Array.from(text.matchAll(/([\w./]+ )?line (\d+)/g), ([, , line]) => Number(line)));
    const silent = leavesOf(file).filter(({ at }) => !lines.has(at.line));
    assert.deepEqual(silent, []);
    const comments = Array.from(text.matchAll(/#.*/g), ([comment]) => comment).join("\n");
    assert.doesNotMatch(comments, /SECRET|enigma|nodemedia2017|admin:|sha256:/);
  });
}

function leavesOf(file: string): readonly Setting[] {
  const source = read(file);
  if (file.endsWith(".conf")) return directiveLeaves(readDirectives(source, include));
  return entryLeaves(file.endsWith(".yml") ? entriesOf(file, readYaml(source.text)) : readObject(source));
}

/** Of http and events it is said that they stay with nginx. */
function directiveLeaves(directives: readonly Directive[]): readonly Setting[] {
  const told = directives.filter(({ name }) => name !== "http" && name !== "events");
  return told.flatMap((each) => (each.inner ? directiveLeaves(each.inner) : [each]));
}

function entryLeaves(entries: readonly Entry[]): readonly Setting[] {
  return entries.flatMap((each) => (inside(each).length > 0 ? entryLeaves(inside(each)) : [each]));
}

test("nginx: callbacks, places, ladder, segments, signed addresses and ports", () => {
  const { config } = parseConfig(imported("nginx.conf").text, {});
  const { live, show, office } = config.apps;
  const rungs = (live?.ladder ?? []) as readonly { name: string; height: number; bitrate: number }[];
  assert.equal(config.rtmp.port, 1935);
  assert.equal(config.http.port, 8088);
  assert.equal(config.limits.connections, 2000);
  assert.equal(config.rtmp.publisherTimeout, "15s");
  assert.deepEqual([config.auth, config.streamKeys], ["key", ["a-key-that-was-made"]]);
  assert.deepEqual(live?.access.callback.form, "nginx-rtmp");
  assert.deepEqual(live?.access.addresses, {
    allow: [],
    deny: ["203.0.113.0/24"],
    publish: ["10.0.0.0/8", "192.0.2.7"],
  });
  assert.deepEqual(
    rungs.map(({ name, height, bitrate }) => [name, height, bitrate]),
    [
      ["hd", 720, 2500],
      ["low", 360, 800],
    ],
  );
  assert.deepEqual(show?.access.publish, [], "nobody may publish where deny publish all stands");
  assert.equal(show?.segment, "3s");
  assert.deepEqual(show?.access.play, ["signed"]);
  assert.equal(show?.access.signed.secret, "enigma");
  assert.equal(show?.access.signed.template, "$secure_link_expires$uri$remote_addr SECRET");
  assert.deepEqual(office?.access.addresses.allow, ["10.2.0.0/16", "10.1.0.0/16"]);
  assert.equal(config.apps.vod, undefined);
});

test("nginx: what stands above an application holds in it unless it says otherwise", () => {
  const { apps } = configOf(`rtmp { on_publish http://a.example/p; server { listen 1935;
    application one { live on; }
    application two { live on; on_publish http://b.example/p; } } }`);
  assert.equal(apps.one?.access.callback.publish, "http://a.example/p");
  assert.equal(apps.two?.access.callback.publish, "http://b.example/p");
});

test("nginx: where everybody could publish everybody can", () => {
  const config = configOf("rtmp { server { listen 1940; application live { live on; } } }");
  assert.deepEqual([config.auth, config.streamKeys, config.rtmp.port], ["open", [], 1940]);
});

test("nginx: nobody may publish where all are denied, whatever else is set", () => {
  const { auth, apps } = configOf(`rtmp { server { application live { live on; on_publish http://a.example/p;
    deny publish all; } application other { live on; } } }`);
  assert.deepEqual([auth, apps.live?.access.publish, apps.other?.access.publish], ["key", [], ["key"]]);
});

test("nginx: where all are denied nobody may do anything", () => {
  const { apps } = configOf("rtmp { server { application live { live on; deny all; } } }");
  assert.deepEqual([apps.live?.access.publish, apps.live?.access.addresses.deny], [[], ["0.0.0.0/0", "::/0"]]);
});

test("nginx: an address that is none keeps more people out, not fewer", () => {
  const text =
    "rtmp { server { application live { live on; allow publish unix:; deny publish all; deny play nowhere; } } }";
  assert.deepEqual(configOf(text).apps.live?.access.publish, []);
  assert.match(textOf(text), /LOOK HERE FIRST[^\n]*\n# - deny \(line 1\): only IP addresses/);
});

test("nginx: watching for some addresses only, and publishing for all, is told first", () => {
  const text = textOf("rtmp { server { application live { live on; allow play 10.0.0.0/8; deny play all; } } }");
  assert.match(text, /LOOK HERE FIRST[^\n]*\n# - allow \(line 1\): watching was for some addresses only/);
});

test("nginx: a name that no app can have, and a value that is too large, are left out in words", () => {
  const text = textOf("rtmp { server { listen 99999; application a{live on;} application 'b c' { live on; } } }");
  assert.match(text, /- listen \(line 1\): only a port/);
  assert.match(text, /- application \(line 1\): could not be taken over into apps\.b c/);
});

test("SRS: hooks, security, referers, engines and timeouts", () => {
  const { config, warnings } = parseConfig(imported("srs.conf").text, {});
  assert.deepEqual(warnings, [], "without a key, for whoever publishes is asked about");
  assert.deepEqual(Object.keys(config.apps), ["live", "radio"]);
  const { live, radio } = config.apps;
  assert.equal(live?.access.callback.form, "srs");
  assert.equal(live?.access.callback.publish, "http://127.0.0.1:8085/api/v1/streams");
  assert.deepEqual(live?.access.addresses.publish, ["192.0.2.0/24"]);
  assert.deepEqual(live?.access.referrers, ["github.com", "*.github.com", "github.io", "*.github.io"]);
  assert.equal(live?.segment, "6s");
  assert.equal(live?.maxLag, "10s");
  assert.deepEqual(radio?.ladder, ["audio"]);
  assert.deepEqual([config.http.securePort, config.tls.key], [8088, "./conf/server.key"]);
});

test("SRS: security without allow for publishing lets nobody publish", () => {
  const config = configOf("listen 1935; vhost __defaultVhost__ { security { enabled on; allow play all; } }");
  assert.deepEqual([config.auth, config.apps.live?.access.publish], ["key", []]);
});

test("MediaMTX: ports, users, overriding and origins", () => {
  const { config } = parseConfig(imported("mediamtx.yml").text, {});
  assert.deepEqual([config.rtmp.port, config.rtmp.securePort, config.http.port], [1940, 1941, 8888]);
  assert.deepEqual(config.http.origins, ["https://example.com"]);
  assert.equal(config.apps.live?.duplicate, "reject");
  assert.deepEqual(config.apps.live?.access.addresses.publish, ["10.0.0.0/8", "127.0.0.1"]);
  assert.equal(config.log.format, "json");
});

test("MediaMTX: a user with a password may publish once a key was made, and nobody before", () => {
  const config = configOf(`authInternalUsers:
  - user: me
    pass: secret
    permissions: [{ action: publish }, { action: read }]
paths:
  all:
`);
  assert.deepEqual([config.auth, config.streamKeys], ["key", []]);
});

test("MediaMTX: a program that is asked, and an issuer's keys", () => {
  const asked = configOf("authMethod: http\nauthHTTPAddress: http://127.0.0.1:9000/auth\n").apps.live?.access;
  assert.deepEqual([asked?.publish, asked?.play], [["callback"], ["callback"]]);
  const jwt = configOf("authMethod: jwt\nauthJWTJWKS: https://id.example.com/keys\n").apps.live?.access;
  assert.deepEqual([jwt?.publish, jwt?.jwt.jwks], [["jwt"], "https://id.example.com/keys"]);
});

test("Node-Media-Server: signatures, ports, tasks; what is computed is told", () => {
  const { text } = imported("node-media-server-program.txt");
  const { config } = parseConfig(text, {});
  assert.deepEqual(Object.keys(config.apps), ["live", "game"]);
  assert.equal(config.apps.live?.access.signed.form, "node-media-server");
  assert.equal(config.apps.live?.access.signed.secret, "it's-nodemedia2017");
  assert.deepEqual(config.apps.live?.access.publish, ["signed"]);
  assert.equal(config.apps.live?.segment, "2s");
  const heights = (config.apps.game?.ladder ?? []) as readonly { readonly height: number }[];
  assert.deepEqual(
    heights.map(({ height }) => height),
    [720, 480],
  );
  assert.equal(config.rtmp.securePort, 1936);
  assert.match(text, /LOOK HERE FIRST.*\n# - prePublish \(line 67\)/);
  assert.match(text, /port \(line 21\)[^\n]*the program computes it/);
});

test("Node-Media-Server: without auth everybody may publish", () => {
  assert.equal(parseConfig(imported("node-media-server-json.txt").text, {}).config.auth, "open");
});

test("what docs/move.md says an import comes to is what it comes to", () => {
  const page = readFileSync(fileURLToPath(new URL("../../../../../docs/move.md", import.meta.url)), "utf8");
  const blocks = Array.from(
    page.matchAll(/```(nginx|js|yaml)(?: runnable \S+)?\n([\s\S]*?)```/g),
    ([, , text = ""]) => text,
  );
  assert.equal(blocks.length, 8);
  for (let index = 0; index < blocks.length; index += 2) {
    const made = textOf(blocks[index] ?? "");
    assert.equal(made.replace(/^(?:#.*\n|\n)+/, ""), blocks[index + 1]);
  }
});
