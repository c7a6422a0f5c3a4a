import { availableParallelism } from "node:os";
import { milliseconds } from "../config/duration.ts";
import type { Config } from "../config/schema.ts";
import type { Events } from "../core/events.ts";
import type { Hub } from "../core/hub.ts";
import type { Log } from "../core/log.ts";
import { openTranscoding, type Transcoding } from "../services/transcoding/index.ts";
import type { AppTranscoding, TranscodingSettings } from "../services/transcoding/settings.ts";

/** Has other qualities and small pictures made, as the configuration says. */
export function startTranscoding(
  lent: { readonly hub: Hub; readonly events: Events; readonly log: Log },
  config: () => Config,
): Transcoding {
  const transcoding = openTranscoding({
    ...lent,
    app: (name) => appTranscoding(config().apps[name]),
    settings: () => transcodingSettings(config()),
  });
  const prepare = () => {
    for (const app of Object.values(config().apps)) transcoding.prepare(appTranscoding(app));
  };
  prepare();
  return {
    ...transcoding,
    changed: () => {
      prepare();
      transcoding.changed();
    },
  };
}

const noTranscoding: AppTranscoding = {
  ladder: "none",
  start: "demand",
  idleMs: 0,
  thumbnailSeconds: 0,
  thumbnailWidth: 0,
};

function appTranscoding(app: Config["apps"][string] | undefined): AppTranscoding {
  if (!app) return noTranscoding;
  const { ladder, ladderStart, ladderIdle, thumbnails, thumbnailWidth } = app;
  return {
    ladder,
    start: ladderStart,
    idleMs: milliseconds(ladderIdle),
    thumbnailSeconds: milliseconds(thumbnails) / 1000,
    thumbnailWidth,
  };
}

/** Where nothing else is said, one of the machine's cores is left to the server itself. */
function transcodingSettings({ transcoding }: Config): TranscodingSettings {
  const all = availableParallelism();
  return { ...transcoding, budget: transcoding.budget === 0 ? Math.max(1, all - 1) : transcoding.budget };
}
