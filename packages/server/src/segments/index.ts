import type { Hub } from "../core/hub.ts";
import type { Log } from "../core/log.ts";
import type { Sessions } from "../core/sessions.ts";
import type { Routes } from "../http/routes.ts";
import type { Ask } from "./answer.ts";
import { Eras } from "./eras.ts";
import { SegmentFiles } from "./files.ts";
import type { SegmentSettings } from "./presentation.ts";
import { Presentations } from "./presentations.ts";
import { Viewers } from "./viewers.ts";
import { Waiting } from "./waiting.ts";

/** Streams as segments, for every protocol that serves files. */
export type Segments = {
  readonly presentations: Presentations;
  readonly viewers: Viewers;
  readonly files: SegmentFiles;
  close(): void;
};

/** `secret` signs viewers' tokens: with the same one they hold across a restart. `eras`: numbers that never go back. */
export function openSegments(
  host: { readonly hub: Hub; readonly sessions: Sessions; readonly log: Log; readonly routes: Routes },
  settings: (app: string) => SegmentSettings,
  secret: Buffer,
  eras = new Eras(),
): Segments {
  const presentations = new Presentations(host.hub, settings, eras, host.log);
  const viewers = new Viewers(secret, host.sessions);
  const waiting = new Waiting<Ask>();
  const files = new SegmentFiles(presentations, viewers, waiting);
  host.routes.resources((resource) => files.handle(resource));
  return {
    presentations,
    viewers,
    files,
    close: () => {
      presentations.close();
      viewers.close();
      waiting.close();
    },
  };
}
