import { once } from "node:events";
import { get } from "node:http";
import type { TestContext } from "node:test";
import { FlvDemuxer, FlvReader, type Packet } from "@sluice/media";
import { rtmpClient } from "../packages/server/testing/clients.ts";
import { qualityOf } from "./paced-ladder.ts";
import { until } from "./peers.ts";

/** A viewer that keeps nothing of what it gets but where it is; hundreds of them fit into a test. */
export type LightViewer = {
  /** The place of the quality that it has: -1 for sound alone, undefined before there is anything. */
  readonly quality: number | undefined;
  /** How far the stream has come for it, in seconds. */
  readonly seconds: number;
  /** How often a time was before the one before. */
  readonly steps: number;
  readonly ended: boolean;
};

/** Without a picture for so long a viewer has sound alone. */
const soundAloneUs = 1_500_000;

class Viewer implements LightViewer {
  ended = false;
  steps = 0;
  readonly #demuxer = new FlvDemuxer((packet) => this.#see(packet));
  readonly #lastUs = { video: -1, audio: -1, data: -1 };
  #quality: number | undefined;

  get seconds(): number {
    return Math.max(this.#lastUs.video, this.#lastUs.audio) / 1e6;
  }
  get quality(): number | undefined {
    const { video, audio } = this.#lastUs;
    return audio - video > soundAloneUs ? -1 : this.#quality;
  }

  tag(type: number, timestampMs: number, body: Uint8Array): void {
    this.#demuxer.tag(type, timestampMs, body);
  }

  #see({ kind, track, dtsUs }: Packet): void {
    if (kind !== "frame") return;
    if (dtsUs < this.#lastUs[track.kind]) this.steps++;
    this.#lastUs[track.kind] = dtsUs;
    if (track.kind === "video") this.#quality = qualityOf(track);
  }
}

export async function lightFlvViewer(t: TestContext, port: number, stream: string): Promise<LightViewer> {
  const viewer = new Viewer();
  const request = get({ port, host: "127.0.0.1", path: `/${stream}.flv`, agent: false });
  t.after(() => void request.destroy());
  request.on("error", () => {});
  const [response] = await once(request, "response");
  const reader = new FlvReader(({ type, timestampMs, body }) => viewer.tag(type, timestampMs, body));
  response.on("data", (bytes: Buffer) => reader.push(bytes));
  response.on("error", () => {});
  response.on("close", () => {
    viewer.ended = true;
  });
  return viewer;
}

export async function lightRtmpViewer(t: TestContext, port: number, stream: string): Promise<LightViewer> {
  const [app = "", name = ""] = stream.split("/");
  const viewer = new Viewer();
  const client = await rtmpClient(port, app);
  t.after(() => void client.socket.destroy());
  const keep = client.events.push.bind(client.events);
  client.events.push = (...events) => {
    for (const event of events) {
      if (event.kind === "media") viewer.tag(event.type, event.timestampMs, event.body);
      else keep(event);
    }
    return client.events.length;
  };
  client.socket.on("close", () => {
    viewer.ended = true;
  });
  client.connection.play(1, name);
  await until(() => client.closed() || client.statuses().length > 0, "play is answered");
  return viewer;
}
