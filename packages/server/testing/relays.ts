import { lookup } from "node:dns";
import type { TestContext } from "node:test";
import type { Packet } from "@sluice/media";
import type { PushOrder, RelayEnd, RelayOwner } from "../src/core/relaying.ts";
import type { Stream } from "../src/core/stream.ts";
import { streamName } from "../src/core/stream-name.ts";
import { rtmp } from "../src/protocols/rtmp/index.ts";
import { type TestHost, type TestHostOptions, testHost, until } from "./host.ts";
import { rtmpTestSettings } from "./settings.ts";

/** A server in this process that speaks RTMP. */
export async function rtmpHost(t: TestContext, options: TestHostOptions = {}): Promise<TestHost & { port: number }> {
  const host = await testHost(options);
  t.after(() => host.close());
  await host.run((each) => rtmp.start(each, () => rtmpTestSettings));
  return { ...host, port: host.ports["rtmp.port"] ?? 0 };
}

/** What a relay is told to do: anywhere, and wherever the other server wants. */
export function order(port: number, name = "cam", more: Partial<PushOrder> = {}): PushOrder {
  return {
    address: `rtmp://127.0.0.1:${port}/live/${name}`,
    reach: { check: () => {}, lookup },
    anyCertificate: false,
    anyCodec: false,
    redirect: (_current, wanted) => wanted,
    ...more,
  };
}

/** Whoever ordered a relay, with what it was told. */
export function relayOwner(): RelayOwner & { readonly told: string[]; readonly ends: RelayEnd[] } {
  const told: string[] = [];
  const ends: RelayEnd[] = [];
  return {
    told,
    ends,
    running: () => void told.push("running"),
    moved: () => void told.push("moved"),
    ended: (end) => {
      told.push("ended");
      ends.push(end);
    },
  };
}

/** A stream of a server once it is there. */
export async function streamOf(host: TestHost, path = "live/cam"): Promise<Stream> {
  const name = streamName("", path);
  const find = () => name && host.hub.find(name);
  await until(() => find()?.state === "live", `${path} is live`);
  const stream = find();
  if (!stream) throw new Error(`${path} is gone`);
  return stream;
}

/** Every frame that a stream gets, from what it keeps on. */
export function framesOf(stream: Stream): Packet[] {
  const frames: Packet[] = [];
  stream.consume({
    packet: (packet) => {
      if (packet.kind === "frame") frames.push(packet);
    },
    source: () => {},
    ended: () => {},
  });
  return frames;
}

/** A kind's frames as their times, in milliseconds. */
export function timesOf(frames: readonly Packet[], kind: "audio" | "video" = "video"): number[] {
  return frames.filter(({ track }) => track.kind === kind).map(({ dtsUs }) => dtsUs / 1000);
}
