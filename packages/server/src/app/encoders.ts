import type { Config } from "../config/schema.ts";
import type { Access } from "../core/access.ts";
import type { Log } from "../core/log.ts";
import type { Sessions } from "../core/sessions.ts";
import type { PageRoute } from "../http/server.ts";
import { configurationPage } from "../services/stream-configuration/index.ts";
import { encoderSettings } from "./settings.ts";

export type EncoderPageParts = {
  readonly config: () => Config;
  readonly access: Access;
  readonly sessions: Sessions;
  readonly log: Log;
  readonly ports: () => Readonly<Record<string, number>>;
};

/** Tells encoders that ask what to send, as the configuration says. */
export function encoderPage({ config, access, sessions, log, ports }: EncoderPageParts): PageRoute {
  return configurationPage({
    app: (name) => encoderSettings(config(), name),
    access,
    sessions,
    log,
    ports: () => ({ plain: ports()["rtmp.port"], secure: ports()["rtmp.securePort"] }),
  });
}
