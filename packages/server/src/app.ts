import { dirname, join, resolve } from "node:path";
import { codecPolicy } from "./app/codec-policy.ts";
import { encoderPage } from "./app/encoders.ts";
import { openLive } from "./app/live.ts";
import { openObservation } from "./app/observation.ts";
import { openOperator } from "./app/operator.ts";
import { startRelays } from "./app/relays.ts";
import { appSettings, segmentSettings } from "./app/settings.ts";
import { startTranscoding } from "./app/transcoding.ts";
import { openCertificates } from "./certificates.ts";
import { milliseconds } from "./config/duration.ts";
import { loadConfig } from "./config/load.ts";
import { keysThatNeedRestart } from "./config/restart.ts";
import type { Config } from "./config/schema.ts";
import { bytes } from "./config/size.ts";
import { Admission } from "./core/admission.ts";
import { Archive } from "./core/archive.ts";
import { Events } from "./core/events.ts";
import { Hub } from "./core/hub.ts";
import type { Log } from "./core/log.ts";
import { Pacer } from "./core/pacer.ts";
import { Sessions } from "./core/sessions.ts";
import { acmeChallenges } from "./http/acme-challenges.ts";
import { pages } from "./http/pages.ts";
import { HttpServer } from "./http/server.ts";
import type { Host, Running } from "./protocol.ts";
import { startProtocols } from "./protocols/index.ts";
import { openEras } from "./segments/eras.ts";
import { openSegments } from "./segments/index.ts";
import { Bans } from "./services/auth/bans.ts";
import { serverSecret } from "./services/auth/server-secret.ts";
import { LoopDelay } from "./services/process/loop-delay.ts";
import { openTcp } from "./tcp/tuning.ts";

/** A running server. */
export type App = {
  /** Where it listens, by configuration key ("rtmp.port"). */
  readonly ports: Readonly<Record<string, number>>;
  /** Sends who can go to another server, where one is configured, and waits for them for a while. */
  leave(): Promise<void>;
  /** Applies what can change while running; returns the keys that need a restart. */
  reload(config: Config): string[];
  close(reason: string): Promise<void>;
};

/** Starts the server: everything that it is made of, put together. */
export async function startApp(config: Config, log: Log, configFile: string): Promise<App> {
  let current = config;
  const events = new Events();
  const sessions = new Sessions(log, events);
  const bans = new Bans();
  const admission = new Admission(
    () => current.limits,
    (address) => bans.isBanned(address),
  );
  const archive = await openArchive(config.dvr, configFile, log);
  const hub = openHub(() => current, { events, archive, log });
  const certificates = await openCertificates({ ...config.tls, directory: join(dirname(configFile), ".sluice") }, log);
  const http = new HttpServer(() => current.http, admission, log);
  http.page(acmeChallenges(certificates.challenges));
  const secret = await openSecret(configFile, log);
  let ports: Readonly<Record<string, number>> = {};
  const delay = new LoopDelay();
  const live = openLive({ hub, sessions, events, log, delay, ports: () => ports });
  const readAgain = async () => void reload((await loadConfig(configFile, process.env)).config);
  const told = { config: () => current, configFile, sessions, events, log, secret, bans };
  const relays = startRelays({ hub, sessions, events, log }, () => ({ config: current, host }));
  const operator = await openOperator({ ...told, routes: [...live.routes, ...relays.routes], readAgain });
  http.page(operator.page);
  const segments = openSegments(
    { hub, sessions, log, routes: http },
    (app) => segmentSettings(current.apps[app]),
    secret,
    await openEras(join(dirname(configFile), ".sluice", "eras")),
  );
  const transcoding = startTranscoding({ hub, events, log }, () => current);
  const { identify, records, hooks } = operator;
  const access = live.drain.guard(operator.access);
  http.page(encoderPage({ ...told, access, ports: () => ports }));
  const { isDraining } = live.drain;
  const known = { relays, hub, sessions, events, admission, archive, identify, records, hooks, delay, isDraining };
  const observation = openObservation({ ...known, config: () => current, log, http, segments });
  http.page(pages(() => ({ rtmpPort: ports["rtmp.port"], keyNeeded: current.auth === "key" })));
  const codecs = (app: string) => codecPolicy(current.apps, app);
  const host: Host = { hub, access, sessions, admission, routes: http, certificates, segments, codecs, log };
  const reload = (changed: Config) => {
    const restart = keysThatNeedRestart(current, changed);
    current = changed;
    for (const each of [operator, transcoding, relays]) each.changed();
    return restart;
  };
  const running: Running[] = [];
  const close = async (reason: string) => {
    observation.stopping();
    for (const each of [live, relays]) each.close();
    hub.close(reason);
    for (const each of [segments, certificates, sessions.grants, delay]) each.close();
    await Promise.all([observation, transcoding, archive, http, ...running].map((each) => each.close()));
    await operator.close(); // the last: it tells that the others have ended
  };
  try {
    await startProtocols(host, () => current, running);
    ports = Object.assign({}, await http.listen(certificates), ...running.map((each) => each.ports));
    log.info({ ports }, "listening");
    certificates.order();
    observation.listening();
    relays.changed();
    return { ports, leave: () => leave(live.drain, current.drain), reload, close };
  } catch (error) {
    await close("the start failed");
    throw error;
  }
}

async function leave(drain: { leave(address: string, graceMs: number): Promise<void> }, { to, wait }: Config["drain"]) {
  if (to !== "") await drain.leave(to, milliseconds(wait));
}

function openHub(
  config: () => Config,
  parts: { readonly events: Events; readonly archive: Archive; readonly log: Log },
): Hub {
  const { events, archive, log } = parts;
  const { window, maxWindow } = config().pacing;
  events.subscribe((event) => {
    if (event.kind === "stream" && event.state !== "waiting")
      log.debug({ stream: event.stream, state: event.state }, "stream");
  });
  return new Hub({
    pacer: new Pacer({ boundMs: milliseconds(window), maxMs: milliseconds(maxWindow) }),
    events,
    app: (app) => appSettings(config().apps[app]),
    limits: () => ({ maxStreams: config().limits.streams }),
    archive,
    paths: openTcp(log),
  });
}

async function openSecret(configFile: string, log: Log): Promise<Buffer> {
  const { secret, kept } = await serverSecret(join(dirname(configFile), ".sluice", "secret"));
  if (!kept)
    log.warn(
      {},
      "the folder .sluice beside the configuration cannot be written: who watches over HLS or DASH has to load the stream anew after a restart",
    );
  return secret;
}

async function openArchive(settings: Config["dvr"], configFile: string, log: Log): Promise<Archive> {
  const directory = resolve(dirname(configFile), settings.directory);
  const archive = new Archive({ directory, memoryBytes: bytes(settings.memory), log });
  await archive.clean();
  return archive;
}
