import { once } from "node:events";
import { type RtmpClient, rtmpClient } from "./clients.ts";
import { until } from "./host.ts";
import { bodies } from "./wire-bytes.ts";

/** How a publisher goes over: it ends on the old connection and then begins on the new one, or begins while the old one still stands. */
export type Handover = "one after the other" | "both at once";

const frameMs = 40;
const groupFrames = 5;

/** Publishes over our client, and when it is asked to connect anew does so and goes on there, from a keyframe on. */
export class MovingPublisher {
  readonly #name: string;
  readonly #handover: Handover;
  #client: RtmpClient;
  #next: RtmpClient | undefined;
  #frames = 0;

  constructor(client: RtmpClient, name: string, handover: Handover) {
    this.#client = client;
    this.#name = name;
    this.#handover = handover;
  }

  static async open(port: number, name: string, handover: Handover): Promise<MovingPublisher> {
    const made = new MovingPublisher(await announcing(port), name, handover);
    await publish(made.#client, name);
    return made;
  }

  /** How many pictures it has sent. */
  get frames(): number {
    return this.#frames;
  }
  get client(): RtmpClient {
    return this.#client;
  }

  /** Sends whole groups of pictures, with sound. */
  send(groups: number): void {
    for (let left = groups * groupFrames; left > 0; left--) this.#frame();
  }

  /** Sends the first pictures of a group, so that it stands in the middle of one. */
  sendSome(): void {
    for (let left = groupFrames - 2; left > 0; left--) this.#frame();
  }

  /** Waits until it is asked, and connects to where it is asked to; it publishes on as before. */
  async asked(): Promise<string> {
    const find = () => this.#client.events.find((event) => event.kind === "reconnect");
    await until(() => find() !== undefined, "the publisher is asked to connect anew");
    const event = find();
    const tcUrl = event?.kind === "reconnect" ? event.tcUrl : "";
    this.#next = await announcing(Number(new URL(tcUrl).port));
    return tcUrl;
  }

  /** Ends the group on the old connection, and goes on over the new one. */
  async move(): Promise<void> {
    const next = this.#next;
    if (!next) throw new Error("it has not been asked");
    while (this.#frames % groupFrames !== 0) this.#frame();
    const old = this.#client;
    if (this.#handover === "one after the other") {
      old.connection.command("FCUnpublish", null, this.#name);
      await until(() => old.statuses().includes("NetStream.Unpublish.Success"), "the old connection is done with");
    }
    await publish(next, this.#name);
    this.#client = next;
    if (old.closed()) return;
    old.socket.end();
    await once(old.socket, "close");
  }

  #frame(): void {
    const timeMs = this.#frames * frameMs;
    const isKey = this.#frames++ % groupFrames === 0;
    this.#client.connection.media(1, 9, timeMs, isKey ? bodies.VI : bodies.VP);
    this.#client.connection.media(1, 8, timeMs, bodies.AF);
  }
}

function announcing(port: number): Promise<RtmpClient> {
  return rtmpClient(port, "live", { capsEx: 1 });
}

async function publish(client: RtmpClient, name: string): Promise<void> {
  client.connection.publish(1, name);
  await until(() => client.statuses().includes("NetStream.Publish.Start"), "it may publish");
  client.connection.media(1, 9, 0, bodies.VSH);
  client.connection.media(1, 8, 0, bodies.ASH);
}
