import type { Events, ServerEvent } from "../../core/events.ts";
import type { Hub } from "../../core/hub.ts";
import type { MakingState } from "../../core/making.ts";
import type { Stream, StreamState } from "../../core/stream.ts";

/** One stream among the busiest, or all others together, which have no app. */
export type StreamRow = {
  readonly app: string;
  readonly stream: string;
  readonly viewers: number;
  /** Received since it began; of all others together that could go back, so it is not told. */
  readonly bytes: number | undefined;
};

export type StreamFigures = {
  readonly states: ReadonlyMap<StreamState, number>;
  readonly making: ReadonlyMap<MakingState, number>;
  /** Processor cores that transcoding is taken to need. */
  readonly cores: number;
  /** Qualities beside the sources that can be watched now. */
  readonly rungs: number;
  /** What the logs of all streams have in memory. */
  readonly keptBytes: number;
  readonly packets: number;
  readonly busiest: readonly StreamRow[];
};

/** What streams have received that are over, and how often what happened to their qualities. */
export class StreamTally {
  readonly #hub: Hub;
  readonly #known = new Map<string, Stream>();
  #packets = 0;
  readonly transcoding: Map<string, number> = new Map();
  readonly #leave: readonly (() => void)[];

  constructor(hub: Hub, events: Events) {
    this.#hub = hub;
    this.#leave = [
      hub.onStream((stream) => void this.#known.set(stream.name.path, stream)),
      events.subscribe((event) => this.#on(event)),
    ];
  }

  /** Looks at every stream once. `rows`: how many have figures of their own; `viewers`: how many each has. */
  read(rows: number, viewers: ReadonlyMap<string, number>): StreamFigures {
    const states = new Map<StreamState, number>();
    const making = new Map<MakingState, number>();
    const sums = { cores: 0, rungs: 0, keptBytes: 0, packets: this.#packets };
    const published: Stream[] = [];
    for (const stream of this.#hub.streams) {
      const { state, ladder, log, packetsIn } = stream;
      add(states, state);
      sums.keptBytes += log.bytes;
      sums.packets += packetsIn;
      for (const { live } of ladder.rungs) if (live) sums.rungs++;
      if (ladder.making) {
        add(making, ladder.making.state);
        if (ladder.making.state === "running") sums.cores += ladder.making.cores;
      }
      if (state !== "waiting") published.push(stream); // whoever asks for one makes one: their names are anybody's
    }
    return { states, making, ...sums, busiest: rows > 0 ? busiest(published, viewers, rows) : [] };
  }

  close(): void {
    for (const leave of this.#leave) leave();
  }

  #on(event: ServerEvent): void {
    if (event.kind === "transcoder") add(this.transcoding, event.state);
    if (event.kind !== "stream" || event.state !== "ended") return;
    this.#packets += this.#known.get(event.stream)?.packetsIn ?? 0;
    this.#known.delete(event.stream);
  }
}

/** Those with the most viewers, and of equals those that have been received for longest. */
function busiest(streams: readonly Stream[], watched: ReadonlyMap<string, number>, rows: number): readonly StreamRow[] {
  const counted = streams.map((stream) => ({ stream, viewers: watched.get(stream.name.path) ?? 0 }));
  if (counted.length > rows) counted.sort((a, b) => b.viewers - a.viewers || b.stream.packetsIn - a.stream.packetsIn);
  const shown = counted.slice(0, rows).map(({ stream, viewers }) => {
    const { name, bytesIn } = stream;
    return { app: name.app, stream: name.path, viewers, bytes: bytesIn };
  });
  const others = counted.slice(rows);
  if (others.length === 0) return shown;
  const viewers = others.reduce((sum, each) => sum + each.viewers, 0);
  return [...shown, { app: "", stream: "other", viewers, bytes: undefined }];
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
