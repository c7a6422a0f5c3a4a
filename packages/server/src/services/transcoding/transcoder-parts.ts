import type { Events } from "../../core/events.ts";
import type { Log } from "../../core/log.ts";
import type { Stream } from "../../core/stream.ts";
import type { Budget } from "./budget.ts";
import type { Engines } from "./engines.ts";
import type { AppTranscoding, TranscodingSettings } from "./settings.ts";

/** What one stream's transcoder is lent. */
export type TranscoderParts = {
  readonly stream: Stream;
  readonly app: () => AppTranscoding;
  readonly server: () => TranscodingSettings;
  readonly budget: Budget;
  readonly engines: Pick<Engines, "choose">;
  readonly events: Events;
  readonly log: Log;
  readonly clock: () => number;
};
