import { now } from "../../core/clock.ts";
import type { Events } from "../../core/events.ts";
import type { Hub } from "../../core/hub.ts";
import type { Log } from "../../core/log.ts";
import type { Stream } from "../../core/stream.ts";
import { Budget } from "./budget.ts";
import { Engines } from "./engines.ts";
import { ffmpegEngine } from "./ffmpeg/index.ts";
import { codecsOf } from "./ladder.ts";
import type { AppTranscoding, TranscodingSettings } from "./settings.ts";
import { Transcoder } from "./transcoder.ts";

export type TranscodingParts = {
  readonly hub: Hub;
  readonly events: Events;
  readonly log: Log;
  readonly app: (name: string) => AppTranscoding;
  readonly settings: () => TranscodingSettings;
  readonly engines?: Pick<Engines, "choose">;
};

export type Transcoding = {
  /** Finds out by what means an app's wishes can be met, so that no stream has to wait for it; says it where they cannot. */
  prepare(app: AppTranscoding): void;
  /** The configuration has changed. */
  changed(): void;
  close(): Promise<void>;
};

const isWanted = ({ ladder, thumbnailSeconds }: AppTranscoding) => ladder !== "none" || thumbnailSeconds > 0;

const lookMs = 250;
const measureMs = 2_000;
/** How much of a stream may wait for the process that is fed with it. */
const maxQueuedBytes = 8 * 1024 * 1024;

/** Makes other qualities and small pictures of every stream whose app asks for them. */
export function openTranscoding({ hub, events, log, app, settings, engines }: TranscodingParts): Transcoding {
  const budget = new Budget(settings);
  const chosen = engines ?? new Engines(settings, (path) => ffmpegEngine({ path, maxQueuedBytes }));
  const transcoders = new Map<Stream, Transcoder>();
  const add = (stream: Stream) => {
    const own = () => app(stream.name.app);
    if (transcoders.has(stream) || !isWanted(own())) return;
    const parts = { stream, app: own, server: settings, budget, engines: chosen, events, log, clock: now };
    transcoders.set(stream, new Transcoder(parts));
  };
  const look = () => {
    for (const [stream, transcoder] of transcoders) {
      if (stream.state === "ended") void transcoder.close().then(() => transcoders.delete(stream));
      else transcoder.tick();
    }
  };
  const leave = hub.onStream(add);
  const looking = setInterval(look, lookMs).unref();
  const measuring = setInterval(() => transcoders.size > 0 && void budget.measure(), measureMs).unref();
  return {
    prepare: (wish) => {
      if (!isWanted(wish)) return;
      chosen.choose(codecsOf(wish.ladder), false).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn({ reason }, "no other qualities and no thumbnails can be made");
      });
    },
    changed: () => {
      for (const transcoder of transcoders.values()) transcoder.changed();
      for (const stream of hub.streams) add(stream);
    },
    close: async () => {
      leave();
      clearInterval(looking);
      clearInterval(measuring);
      await Promise.all(Array.from(transcoders.values(), (transcoder) => transcoder.close()));
    },
  };
}
