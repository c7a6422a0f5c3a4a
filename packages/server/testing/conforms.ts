import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import type { Source } from "../src/core/source.ts";
import type { Stream } from "../src/core/stream.ts";
import { streamName } from "../src/core/stream-name.ts";
import type { Host, Running } from "../src/protocol.ts";
import { type TestHost, type TestHostOptions, testHost, until } from "./host.ts";
import { synthetic } from "./synthetic.ts";

/** A viewer that speaks the protocol, judged by the packets that it makes of the bytes. */
export type TestViewer = {
  readonly packets: readonly Packet[];
  /** Why it ended, in the protocol's own words, once it has. */
  ended(): string | undefined;
  /** Takes no more bytes from its socket. */
  stall(): void;
  close(): void;
};

/** How the suite drives one protocol. */
export type Driver = {
  readonly name: string;
  start(host: Host): Promise<Running>;
  watch(host: TestHost, stream: string): Promise<TestViewer>;
  /** What a viewer is told who may not watch. */
  readonly refusal: RegExp;
};

const cam = streamName("live", "cam");
if (!cam) throw new Error("the suite's own name is not allowed");

/** What must hold for whoever watches over any protocol. Every protocol's test calls it. */
export function conforms(driver: Driver): void {
  const begin = async (t: TestContext, options: TestHostOptions = {}) => {
    const host = await testHost(options);
    t.after(() => host.close());
    await host.run(driver.start);
    return host;
  };

  test(`${driver.name}: tracks arrive before packets, and nothing is lost or out of order`, async (t) => {
    const host = await begin(t);
    const { source } = publish(host);
    append(source, synthetic(1));
    const viewer = await driver.watch(host, "live/cam");
    append(source, synthetic(49, { from: 1 }));
    await until(() => frames(viewer, "audio").length >= 50, "50 audio frames have arrived");
    assert.deepEqual(
      viewer.packets.slice(0, 2).map(({ kind }) => kind),
      ["config", "config"],
    );
    const times = Array.from({ length: 50 }, (_, index) => index * 40_000);
    assert.deepEqual(
      frames(viewer, "video").map(({ dtsUs }) => dtsUs),
      times,
    );
    assert.deepEqual(
      frames(viewer, "audio").map(({ dtsUs }) => dtsUs),
      times,
    );
  });

  test(`${driver.name}: a late viewer starts at a keyframe, wherever in a group it comes`, async (t) => {
    const host = await begin(t);
    const { source } = publish(host);
    for (let number = 0; number < 12; number++) {
      append(source, synthetic(1, { from: number, gop: 5 }));
      const viewer = await driver.watch(host, "live/cam");
      await until(() => frames(viewer, "video").length > 0, `a frame has arrived after frame ${number}`);
      const [first] = frames(viewer, "video");
      assert.equal(first?.keyframe, true);
      assert.equal(first?.dtsUs, Math.floor(number / 5) * 200_000);
      assert.ok(frames(viewer, "audio").every(({ dtsUs }) => dtsUs >= (first?.dtsUs ?? 0)));
      viewer.close();
    }
  });

  test(`${driver.name}: timestamps never go back, though the publisher is lost and returns with another clock`, async (t) => {
    const host = await begin(t);
    const first = publish(host);
    append(first.source, synthetic(5));
    const viewer = await driver.watch(host, "live/cam");
    first.source.release("lost");
    const second = publish(host);
    append(second.source, synthetic(5));
    await until(() => frames(viewer, "video").length >= 10, "frames of both publishers have arrived");
    assert.equal(viewer.ended(), undefined);
    const times = frames(viewer, "video").map(({ dtsUs }) => dtsUs);
    assert.deepEqual(
      times,
      [...times].sort((a, b) => a - b),
    );
    assert.equal(new Set(times).size, 10);
  });

  test(`${driver.name}: a viewer who stops reading does not slow the others, and costs a bounded amount`, async (t) => {
    const host = await begin(t);
    const { source, stream } = publish(host);
    append(source, synthetic(1));
    const stuck = await driver.watch(host, "live/cam");
    const quick = await driver.watch(host, "live/cam");
    stuck.stall();
    for (let number = 1; number < 400; number++) {
      append(source, synthetic(1, { from: number, gop: 25, frameBytes: 60_000 }));
      if (number % 10 === 0)
        await until(() => frames(quick, "video").length > number - 5, `frame ${number} has arrived`);
    }
    await until(() => frames(quick, "video").length >= 400, "the other viewer has everything");
    for (const cursor of stream.cursors)
      assert.ok(cursor.socket.writableLength < 1_000_000, `${cursor.socket.writableLength} bytes wait`);
  });

  test(`${driver.name}: the end of the stream ends its viewers, after the last packet`, async (t) => {
    const host = await begin(t);
    const { source } = publish(host);
    append(source, synthetic(5));
    const viewer = await driver.watch(host, "live/cam");
    await until(() => frames(viewer, "video").length >= 5, "frames have arrived");
    append(source, synthetic(1, { from: 5 }));
    source.release("ended");
    await until(() => viewer.ended() !== undefined, "the viewer was told");
    assert.equal(frames(viewer, "video").length, 6);
    await until(() => host.sessions.size === 0, "no session is left");
  });

  test(`${driver.name}: who may not watch is told so in the protocol's own words`, async (t) => {
    const host = await begin(t, {
      access: { decide: () => ({ allowed: false, rule: "test/never", reason: "not today" }) },
    });
    const { source } = publish(host);
    append(source, synthetic(5));
    const viewer = await driver.watch(host, "live/cam");
    await until(() => viewer.ended() !== undefined, "the viewer was told");
    assert.match(viewer.ended() ?? "", driver.refusal);
    assert.equal(viewer.packets.length, 0);
  });

  test(`${driver.name}: a slow decision holds nobody else up`, async (t) => {
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    let asked = 0;
    const host = await begin(t, {
      access: {
        decide: async () => {
          if (asked++ === 0) await slow;
          return { allowed: true };
        },
      },
    });
    const { source } = publish(host);
    append(source, synthetic(5));
    const waiting = driver.watch(host, "live/cam");
    await until(() => asked === 1, "the first viewer waits for its decision");
    const second = await driver.watch(host, "live/cam");
    await until(() => frames(second, "video").length >= 5, "the second viewer watches");
    release();
    const first = await waiting;
    await until(() => frames(first, "video").length >= 5, "the first viewer watches too");
  });

  test(`${driver.name}: a viewer who vanishes leaves no session, and close() leaves no socket and no timer`, async () => {
    const before = process.getActiveResourcesInfo().filter(counted).length;
    const host = await testHost();
    await host.run(driver.start);
    const { source } = publish(host);
    append(source, synthetic(5));
    const viewers = await Promise.all(Array.from({ length: 5 }, () => driver.watch(host, "live/cam")));
    await until(() => host.sessions.size === 5, "five sessions are open");
    viewers[0]?.close();
    await until(() => host.sessions.size === 4, "the vanished viewer's session has ended");
    await host.close();
    for (const viewer of viewers) viewer.close();
    await until(() => process.getActiveResourcesInfo().filter(counted).length <= before, "nothing is left running");
    assert.equal(host.sessions.size, 0);
    assert.equal(host.admission.total, 0);
  });
}

/** What a server keeps alive; one-shot timers that keep nothing alive are not listed by the platform. */
function counted(resource: string): boolean {
  return (
    resource === "TCPSocketWrap" || resource === "TCPServerWrap" || resource === "TLSWrap" || resource === "Timeout"
  );
}

function publish(host: TestHost): { source: Source; stream: Stream } {
  const granted = cam && host.hub.publish(cam, "key", { closed: () => {} });
  if (!granted || !("source" in granted)) throw new Error("publishing was refused");
  return granted;
}

function append(source: Source, packets: Iterable<Packet>): void {
  for (const packet of packets) source.append(packet);
}

function frames(viewer: TestViewer, kind: "audio" | "video"): Packet[] {
  return viewer.packets.filter((packet) => packet.kind === "frame" && packet.track.kind === kind);
}
