import type { Hub } from "../core/hub.ts";
import type { Log } from "../core/log.ts";
import type { Stream } from "../core/stream.ts";
import type { StreamName } from "../core/stream-name.ts";
import type { Eras } from "./eras.ts";
import { Presentation, type SegmentSettings } from "./presentation.ts";

/** How long an ended stream can still be fetched: players are behind, and have to see its end. */
const lingerMs = 60_000;

/** Every stream of the hub as segments, from its first packet on. */
export class Presentations {
  readonly #all = new Map<string, Presentation>();
  /** Those that have ended, while their streams are waited for again: players that are behind see the end. */
  readonly #before = new Map<string, Presentation>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #settings: (app: string) => SegmentSettings;
  readonly #eras: Eras;
  readonly #log: Log;
  readonly #leave: () => void;

  constructor(hub: Hub, settings: (app: string) => SegmentSettings, eras: Eras, log: Log) {
    this.#settings = settings;
    this.#eras = eras;
    this.#log = log;
    this.#leave = hub.onStream((stream) => this.#add(stream));
  }

  find(stream: StreamName | string): Presentation | undefined {
    const path = typeof stream === "string" ? stream : stream.path;
    const newest = this.#all.get(path);
    const hasBegun = newest !== undefined && newest.stream.state !== "waiting";
    return hasBegun ? newest : (this.#before.get(path) ?? newest);
  }

  close(): void {
    this.#leave();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #add(stream: Stream): void {
    const { app, path } = stream.name;
    const presentation = new Presentation(
      stream,
      this.#settings(app),
      (before) => this.#eras.next(before),
      ({ track, reason }) => this.#log.warn({ stream: path, codec: track.codec, event: "track left out" }, reason),
    );
    stream.consume({
      packet: (packet, position) => presentation.packet(packet, position),
      source: (change) => presentation.source(change),
      ended: () => {
        presentation.ended();
        this.#linger(path, presentation);
      },
    });
    const before = this.find(path);
    if (before?.over) this.#before.set(path, before);
    this.#all.set(path, presentation);
  }

  #linger(path: string, presentation: Presentation): void {
    const forget = () => {
      this.#timers.delete(timer);
      for (const each of [this.#all, this.#before]) if (each.get(path) === presentation) each.delete(path);
    };
    const timer = setTimeout(forget, presentation.renditions.size > 0 ? lingerMs : 0).unref();
    this.#timers.add(timer);
  }
}
