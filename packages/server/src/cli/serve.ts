import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type App, startApp } from "../app.ts";
import { type FirstStart, writeFirstConfig } from "../config/first-start.ts";
import { configKeys } from "../config/keys.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { ListenError } from "../http/listen.ts";
import { openLog, type ServerLog } from "../logger.ts";
import { problemText } from "./check.ts";
import { complain, say } from "./output.ts";

const quietMs = 200;
/** A server that cannot end in this time is ended. */
const closingMs = 5_000;

/** `sluice serve`: runs until it is told to stop; resolves to the exit code. */
export async function serve(configFile: string): Promise<number> {
  const file = resolve(configFile);
  let first: FirstStart | undefined;
  let config: Config;
  let warnings: readonly string[];
  try {
    if (!existsSync(file)) first = await writeFirstConfig(file);
    ({ config, warnings } = await loadConfig(file, process.env));
  } catch (error) {
    complain(problemText(configFile, error));
    return 1;
  }
  const log = openLog(config.log);
  log.configure(logging(config));
  for (const warning of warnings) log.warn({}, warning);
  process.on("uncaughtException", (error) => {
    log.error({ error: error.stack }, "the server failed and stops");
    process.exit(1);
  });
  let app: App;
  try {
    app = await startApp(config, log, file);
  } catch (error) {
    complain(startProblem(error));
    return 1;
  }
  greet(app, configFile, first);
  return untilStopped(app, file, log);
}

function untilStopped(app: App, file: string, log: ServerLog): Promise<number> {
  const stopWatching = onChange(file, () => void reload(app, file, log));
  return new Promise((done) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) process.exit(1);
      stopping = true;
      stopWatching();
      log.info({ signal }, "stopping");
      setTimeout(() => process.exit(1), closingMs).unref();
      app.close("the server stops").then(
        () => done(0),
        (error: unknown) => {
          log.error({ error: String(error) }, "the server did not stop cleanly");
          done(1);
        },
      );
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
    process.on("SIGHUP", () => void reload(app, file, log));
  });
}

async function reload(app: App, file: string, log: ServerLog): Promise<void> {
  try {
    const { config, warnings } = await loadConfig(file, process.env);
    for (const warning of warnings) log.warn({}, warning);
    log.configure(logging(config));
    const restart = app.reload(config);
    log.info({}, "configuration read again");
    if (restart.length > 0) log.warn({ keys: restart }, "these changes need a restart");
  } catch (error) {
    log.error({}, `the changed configuration is not used: ${problemText(file, error)}`);
  }
}

/** Editors replace files, so the folder is watched; changes that come together count as one. */
function onChange(file: string, changed: () => void): () => void {
  let quiet: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(file), { persistent: false }, (_event, name) => {
      if (name !== basename(file)) return;
      clearTimeout(quiet);
      quiet = setTimeout(changed, quietMs).unref();
    });
    watcher.on("error", () => watcher?.close());
  } catch {
    // Without a watch, SIGHUP still reloads.
  }
  return () => {
    clearTimeout(quiet);
    watcher?.close();
  };
}

function logging(config: Config): { level: string; secrets: readonly string[] } {
  return { level: config.log.level, secrets: [...config.streamKeys, config.console.password] };
}

function greet({ ports }: App, configFile: string, first: FirstStart | undefined): void {
  const rtmp = `rtmp://127.0.0.1${ports["rtmp.port"] === 1935 ? "" : `:${ports["rtmp.port"]}`}/live`;
  const lines = [
    `Publish   ${rtmp}/test?key=${first?.streamKey ?? `… (key: streamKeys in ${configFile})`}`,
    `Watch     http://127.0.0.1:${ports["http.port"]}/live/test`,
  ];
  if (first) {
    lines.unshift(`A new configuration was written to ${configFile}. This is shown only once:`, "");
    lines.push(
      "",
      "In OBS    Settings → Stream → Service: Custom",
      `  Server      ${rtmp}`,
      `  Stream Key  test?key=${first.streamKey}`,
    );
    lines.push("", `Console password   ${first.password}`, "");
  }
  say(...lines, `Ready in ${Math.round(process.uptime() * 1000)} ms`);
}

function startProblem(error: unknown): string {
  if (!(error instanceof ListenError))
    return error instanceof Error ? `Sluice could not start: ${error.message}` : String(error);
  const { code, port, listener } = error;
  const variable = configKeys.find(({ path }) => path.join(".") === listener)?.variable;
  const why =
    code === "EADDRINUSE"
      ? `port ${port} is taken by another program`
      : code === "EACCES"
        ? `this user may not listen on port ${port}`
        : `port ${port} cannot be listened on (${code})`;
  return `Sluice could not start: ${why}. Choose another for ${listener} in the configuration, or start with ${variable}=PORT.`;
}
