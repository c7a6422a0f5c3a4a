import assert from "node:assert/strict";
import test from "node:test";
import { parseConfig } from "../config/load.ts";
import { greeting } from "./greeting.ts";

const ports = { "rtmp.port": 1935, "rtmp.securePort": 1936, "http.port": 8080, "http.securePort": 8443 };
const first = { streamKey: "the-new-key", password: "the-new-password" };

function greet(yaml: string, options: { ports?: Record<string, number>; first?: typeof first } = {}): string[] {
  const { config } = parseConfig(yaml, {});
  return greeting({ config, ports: options.ports ?? ports, file: "sluice.yaml", first: options.first, readyMs: 181.4 });
}

test("the first start shows the key, what to enter in OBS, and the password", () => {
  assert.deepEqual(greet("streamKeys: [the-new-key]", { first }), [
    "A new configuration was written to sluice.yaml. Its key and password are shown only now:",
    "",
    "Publish   rtmp://127.0.0.1/live/test?key=the-new-key",
    "  in OBS  Server      rtmp://127.0.0.1/live",
    "          Stream Key  test?key=the-new-key",
    "Watch     http://127.0.0.1:8080/live/test",
    "Console   http://127.0.0.1:8080/   any user name, password the-new-password",
    "",
    "Sluice is ready in 181 ms",
  ]);
});

test("later starts show no secret", () => {
  assert.deepEqual(greet("streamKeys: [the-new-key]"), [
    "Publish   rtmp://127.0.0.1/live/test?key=…   (key: in sluice.yaml)",
    "Watch     http://127.0.0.1:8080/live/test",
    "Sluice is ready in 181 ms",
  ]);
});

const cases: {
  name: string;
  yaml: string;
  ports?: Record<string, number>;
  publish: string | undefined;
  watch: string;
}[] = [
  {
    name: "other ports",
    yaml: "auth: open",
    ports: { "rtmp.port": 1940, "http.port": 81 },
    publish: "rtmp://127.0.0.1:1940/live/test",
    watch: "http://127.0.0.1:81/live/test",
  },
  {
    name: "other addresses and another app",
    yaml: "auth: open\nrtmp: { host: '::1' }\nhttp: { host: 192.0.2.1 }\napps: { show/one: {} }",
    publish: "rtmp://[::1]/show/one/test",
    watch: "http://192.0.2.1:8080/show/one/test",
  },
  {
    name: "only RTMPS",
    yaml: "auth: open",
    ports: { "rtmp.securePort": 1936, "http.port": 8080 },
    publish: "rtmps://127.0.0.1:1936/live/test",
    watch: "http://127.0.0.1:8080/live/test",
  },
  {
    name: "no RTMP",
    yaml: "auth: open",
    ports: { "http.port": 8080 },
    publish: undefined,
    watch: "http://127.0.0.1:8080/live/test",
  },
];
for (const { name, yaml, ports, publish, watch } of cases) {
  test(`the greeting with ${name}`, () => {
    const lines = greet(yaml, ports ? { ports } : {});
    assert.equal(lines.find((line) => line.startsWith("Publish"))?.slice(10), publish);
    assert.equal(lines.find((line) => line.startsWith("Watch"))?.slice(10), watch);
  });
}

test("a key that the environment replaced is not shown as the key", () => {
  assert.ok(!greet("streamKeys: [another-key]", { first }).join().includes("the-new-key"));
});
