import type { Admission } from "../../core/admission.ts";
import type { Archive } from "../../core/archive.ts";
import type { Events } from "../../core/events.ts";
import type { Hub } from "../../core/hub.ts";
import type { Pacer } from "../../core/pacer.ts";
import type { Sessions } from "../../core/sessions.ts";
import type { HookFigures } from "../hooks/index.ts";
import type { LoopDelay } from "../process/loop-delay.ts";
import type { RelayFigures, Relays } from "../relay/index.ts";
import { type ProcessFigures, processFigures } from "./process-figures.ts";
import { type SessionFigures, SessionTally } from "./session-tally.ts";
import { type StreamFigures, StreamTally } from "./stream-tally.ts";

/** What is served in pieces: how many requests there were, by what they were for, and how many wait for what is not there yet. */
export type Pieces = { readonly asked: ReadonlyMap<string, number>; readonly waiting: number };

/** Those who know the figures. */
export type Sources = {
  readonly hub: Hub;
  readonly sessions: Sessions;
  readonly events: Events;
  readonly admission: Admission;
  readonly archive: Pick<Archive, "memoryBytes" | "diskBytes">;
  readonly pieces: () => Pieces;
  readonly hooks: () => HookFigures;
  readonly relays: Pick<Relays, "figures">;
  readonly delay: Pick<LoopDelay, "all">;
  /** Whether the records can be reached; undefined where they are not in use. */
  readonly records: () => Promise<boolean | undefined>;
};

/** All figures at one moment. */
export type Figures = {
  readonly process: ProcessFigures;
  readonly streams: StreamFigures;
  readonly sessions: SessionFigures;
  readonly refusals: SessionTally["refusals"];
  readonly joins: SessionTally["joins"];
  readonly transcoding: StreamTally["transcoding"];
  readonly admission: Pick<Admission, "total" | "handshaking" | "refusals">;
  readonly archive: Sources["archive"];
  readonly pacer: Pick<Pacer, "passes" | "windows" | "ages">;
  readonly pieces: Pieces;
  readonly hooks: HookFigures;
  readonly relays: { readonly push: RelayFigures; readonly pull: RelayFigures };
  readonly records: boolean | undefined;
};

/** Collects the figures from where they are known. Between two questions it only notes what ends. */
export class Collector {
  readonly #sources: Sources;
  readonly #sessions: SessionTally;
  readonly #streams: StreamTally;

  constructor(sources: Sources) {
    const { sessions, events, hub } = sources;
    this.#sources = sources;
    this.#sessions = new SessionTally(sessions, events);
    this.#streams = new StreamTally(hub, events);
  }

  /** `streams`: how many have figures of their own. */
  async collect(streams: number): Promise<Figures> {
    const { admission, archive, hub, pieces, hooks, relays, delay, records } = this.#sources;
    const [process, reachable] = await Promise.all([processFigures(delay.all), records()]);
    const known = this.#sessions.read();
    return {
      process,
      records: reachable,
      streams: this.#streams.read(streams, known.viewers),
      sessions: known,
      refusals: this.#sessions.refusals,
      joins: this.#sessions.joins,
      transcoding: this.#streams.transcoding,
      admission,
      archive,
      pacer: hub.pacer,
      pieces: pieces(),
      hooks: hooks(),
      relays: { push: relays.figures("push"), pull: relays.figures("pull") },
    };
  }

  close(): void {
    this.#sessions.close();
    this.#streams.close();
  }
}
