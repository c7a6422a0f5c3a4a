import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { rtmp } from "../packages/server/src/protocols/rtmp/index.ts";
import { challengeAccess } from "../packages/server/testing/challenge-access.ts";
import { type TestHost, testHost } from "../packages/server/testing/host.ts";
import { rtmpTestSettings } from "../packages/server/testing/settings.ts";
import { clip } from "./clips.ts";
import { type Ended, ffmpeg, missing, peer, until, words } from "./peers.ts";

/** No program takes so long, unless it hangs. */
const limitMs = 60_000;

const user = "anna";
const password = "Pa55-word";

type Asking = { readonly host: TestHost; readonly port: number; readonly failures: readonly string[] };

/** A server that asks everyone who wants to publish for a user and a password. */
async function asking(t: TestContext, mode: "adobe" | "llnw"): Promise<Asking> {
  const access = challengeAccess(user, password, mode);
  const host = await testHost({ access });
  t.after(() => host.close());
  await host.run((lent) => rtmp.start(lent, () => rtmpTestSettings));
  return { host, port: host.ports["rtmp.port"] ?? 0, failures: access.failures };
}

type Encoder = {
  readonly name: string;
  /** Which way the server may offer. */
  readonly modes: readonly ("adobe" | "llnw")[];
  readonly programs: readonly string[];
  publish(port: number, secret: string, stream: string): Promise<Ended>;
};

const encoders: readonly Encoder[] = [
  {
    name: "FFmpeg",
    modes: ["adobe", "llnw"],
    programs: ["ffmpeg"],
    publish: async (port, secret, stream) =>
      ended(
        ffmpeg(`-i ${await clip("small")} -c copy -f flv rtmp://${user}:${secret}@127.0.0.1:${port}/live/${stream}`),
      ),
  },
  {
    name: "librtmp in GStreamer's rtmpsink",
    modes: ["llnw"], // as Debian builds it, with Nettle, it writes past its memory when it answers Adobe's way
    programs: ["ffmpeg", "gst-launch-1.0"],
    publish: (port, secret, stream) =>
      gstreamer("rtmpsink", [
        `location="rtmp://127.0.0.1:${port}/live/${stream} pubUser=${user} pubPasswd=${secret} live=1"`,
      ]),
  },
  {
    name: "librtmp that asks for Limelight's way by itself",
    modes: ["adobe"],
    programs: ["ffmpeg", "gst-launch-1.0"],
    publish: (port, secret, stream) =>
      gstreamer("rtmpsink", [
        `location="rtmp://127.0.0.1:${port}/live/${stream} app=live?authmod=llnw&user=${user} pubUser=${user} pubPasswd=${secret} live=1"`,
      ]),
  },
  {
    name: "GStreamer's rtmp2sink",
    modes: ["adobe"],
    programs: ["ffmpeg", "gst-launch-1.0"],
    publish: (port, secret, stream) =>
      gstreamer("rtmp2sink", [
        `location=rtmp://127.0.0.1:${port}/live/${stream}`,
        `username=${user}`,
        `password=${secret}`,
      ]),
  },
];

for (const { name, modes, programs, publish } of encoders) {
  for (const mode of modes) {
    test(`${name} proves its password where ${mode} is offered, and publishes where it may`, {
      skip: missing(...programs),
    }, async (t) => {
      const { host, port, failures } = await asking(t, mode);
      const { code, err } = await publish(port, password, "cam");
      assert.equal(code, 0, err);
      const opened = host.lines.filter(({ text }) => text === "publisher opened");
      assert.deepEqual([opened.length, String(opened[0]?.stream)], [1, "live/cam"]);
      assert.deepEqual(failures, []);
      assert.ok(!JSON.stringify(host.lines).includes(password));
      await publish(port, password, "theirs");
      await until(() => host.lines.some(({ rule }) => rule === "challenge/stream"), "the other stream is refused");
    });

    test(`${name} with a wrong password is refused where ${mode} is offered`, {
      skip: missing(...programs),
    }, async (t) => {
      const { host, port, failures } = await asking(t, mode);
      const { code, out, err } = await publish(port, "wr0ng-word", "cam");
      assert.notEqual(code, 0, out + err);
      assert.deepEqual(failures, [user]);
      assert.deepEqual(host.lines.filter(({ rule }) => rule === "challenge/wrong").length, 1);
      assert.ok(!host.lines.some(({ text }) => text === "publisher opened"));
    });
  }
}

test("GStreamer's rtmp2src and FFmpeg watch without being asked", {
  skip: missing("ffmpeg", "gst-launch-1.0"),
}, async (t) => {
  const { host, port } = await asking(t, "adobe");
  const url = `rtmp://127.0.0.1:${port}/live/cam`;
  const viewers = [
    peer("gst-launch-1.0", words(`-q rtmp2src location=${url} ! fakesink`)),
    ffmpeg(`-i ${url} -c copy -f null -`),
  ];
  t.after(() => viewers.forEach(({ child }) => void child.kill("SIGKILL")));
  const waiting = () => host.lines.filter(({ role }) => role === "viewer").length;
  await until(() => waiting() === viewers.length, "both wait for the stream");
  assert.ok(!host.lines.some(({ rule }) => String(rule).startsWith("challenge/")));
});

/** The pictures of a clip, through one of GStreamer's ways to publish. */
async function gstreamer(sink: string, properties: readonly string[]): Promise<Ended> {
  const source = `-q filesrc location=${await clip("small")} ! flvdemux name=d d.video ! queue ! h264parse`;
  const line = words(`${source} ! flvmux streamable=true ! ${sink}`);
  return ended(peer("gst-launch-1.0", [...line, ...properties]));
}

async function ended({ child, done }: ReturnType<typeof peer>): Promise<Ended> {
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const end = await done;
  clearTimeout(timer);
  return end;
}
