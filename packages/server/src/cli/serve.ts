import { resolve } from "node:path";
import { type App, startApp } from "../app.ts";
import { openConfig } from "../config/first-start.ts";
import { loadConfig } from "../config/load.ts";
import { ConfigError } from "../config/problem.ts";
import { secretsIn } from "../config/secrets.ts";
import { watchFiles } from "../config/watch.ts";
import { openLog, type ServerLog } from "../logger.ts";
import { greeting } from "./greeting.ts";
import { complain, say } from "./output.ts";
import { configProblems, startProblem } from "./problems.ts";

/** A server that cannot end in this time is ended. */
const closingMs = 5_000;

/** `sluice serve`: runs until it is told to stop; resolves to the exit code. */
export async function serve(file: string): Promise<number> {
  process.stdout.on("error", () => {}); // whoever started it need not listen for ever
  process.stderr.on("error", () => {});
  let opened: Awaited<ReturnType<typeof openConfig>>;
  try {
    opened = await openConfig(file, process.env);
  } catch (error) {
    complain(configProblems(file, error));
    return 1;
  }
  const { config, warnings, first } = opened;
  const log = openLog(config.log);
  log.configure(config.log, secretsIn(config));
  for (const warning of warnings) log.warn({}, warning);
  process.on("uncaughtException", (error) => {
    log.error({ error }, "the server failed and stops");
    log.flush();
    process.exit(1);
  });
  let app: App;
  try {
    app = await startApp(config, log, resolve(file));
  } catch (error) {
    const problem = startProblem(error, file);
    if (problem === undefined) log.error({ error }, "the server could not start");
    else complain(problem);
    log.flush();
    return 1;
  }
  const stopped = untilStopped(app, file, log); // whoever reads the greeting may send a signal
  say(...greeting({ config, ports: app.ports, file, first, readyMs: process.uptime() * 1_000 }));
  return await stopped;
}

function untilStopped(app: App, file: string, log: ServerLog): Promise<number> {
  let reloading = Promise.resolve();
  const reloadNext = () => {
    reloading = reloading.then(() => reload(app, file, log));
  };
  const stopWatching = watchFiles([file], reloadNext);
  process.on("SIGHUP", reloadNext);
  return new Promise((done) => {
    const end = (code: number) => {
      log.flush();
      done(code);
    };
    const endNow = () => {
      log.flush();
      process.exit(0);
    };
    let stopping = false;
    const stop = (signal: NodeJS.Signals) => {
      if (stopping) return endNow();
      stopping = true;
      stopWatching();
      log.info({ signal }, "stopping");
      const close = () => {
        setTimeout(endNow, closingMs).unref();
        return app.close("the server stops");
      };
      app
        .leave()
        .then(close)
        .then(
          () => end(0),
          (error: unknown) => {
            log.error({ error }, "the server did not stop cleanly");
            end(1);
          },
        );
    };
    process.on("SIGINT", stop).on("SIGTERM", stop);
  });
}

async function reload(app: App, file: string, log: ServerLog): Promise<void> {
  try {
    const { config, warnings } = await loadConfig(file, process.env);
    for (const warning of warnings) log.warn({}, warning);
    log.configure(config.log, secretsIn(config));
    const restart = app.reload(config);
    log.info({}, "the configuration was read again");
    if (restart.length > 0) log.warn({ settings: restart }, "these changes need a restart");
  } catch (error) {
    logProblems(file, error, log);
  }
}

function logProblems(file: string, error: unknown, log: ServerLog): void {
  log.error({ file }, "the changed configuration is not used; the one before it stays");
  const isExpected = error instanceof ConfigError || (error instanceof Error && "syscall" in error);
  if (!isExpected) log.error({ error }, "reading it failed");
  else for (const line of configProblems(file, error).split("\n")) log.error({}, line);
}
