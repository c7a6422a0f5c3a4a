import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { Config } from "../config/schema.ts";
import type { Access } from "../core/access.ts";
import { Bandwidth } from "../core/bandwidth.ts";
import type { Events } from "../core/events.ts";
import type { Log } from "../core/log.ts";
import type { Sessions } from "../core/sessions.ts";
import type { ApiRoute } from "../http/api.ts";
import type { PageRoute } from "../http/server.ts";
import { type Identify, operatorRoutes } from "../services/accounts/index.ts";
import type { Bans } from "../services/auth/bans.ts";
import { openAccess } from "../services/auth/index.ts";
import { keepRights } from "../services/auth/kept-rights.ts";
import { authRoutes } from "../services/auth/routes.ts";
import { signedProblem } from "../services/auth/signed.ts";
import { type HookFigures, openHooks } from "../services/hooks/index.ts";
import { reachable } from "../services/readiness/reachable.ts";
import type { Records } from "../storage/records/index.ts";
import { later } from "../storage/records/later.ts";
import { ConfigFile } from "./config-file.ts";
import { configRoutes } from "./config-routes.ts";
import { accessSettings, bandwidthLimits } from "./settings.ts";

export type OperatorParts = {
  readonly config: () => Config;
  readonly configFile: string;
  readonly sessions: Sessions;
  readonly events: Events;
  /** What else the API answers to. */
  readonly routes: readonly ApiRoute[];
  readonly log: Log;
  /** The server's. */
  readonly secret: Uint8Array;
  readonly bans: Bans;
  /** Takes over what the configuration's file says now. */
  readAgain(): Promise<void>;
};

export type Operator = {
  readonly access: Access;
  /** Who sends this; throws an `HttpError` for who is nobody. */
  readonly identify: Identify;
  /** Whether the records can be reached; undefined where none are kept. */
  readonly records: () => Promise<boolean | undefined>;
  readonly page: PageRoute;
  readonly hooks: () => HookFigures;
  /** The configuration has changed. */
  changed(): void;
  close(): Promise<void>;
};

/** Who may publish, watch and operate: the authoriser and the API, over one set of records. */
export async function openOperator(parts: OperatorParts): Promise<Operator> {
  const { config, configFile, sessions, events, log, secret, bans, readAgain } = parts;
  const { grants } = sessions;
  const { records, isOpen } = await openKept(config().storage.postgres, configFile, log);
  const bandwidth = new Bandwidth(sessions, () => bandwidthLimits(config()));
  const stopReading = await keepRights(records, { grants, bans, sessions }, log, isOpen);
  const {
    access,
    changed,
    close: closeAccess,
  } = await openAccess({
    settings: () => accessSettings(config()),
    grants,
    bans,
    records,
    secret,
    log,
    resolve: (file) => resolve(dirname(configFile), file),
    rules: [bandwidth.refusal],
  });
  const hooks = openHooks({ events, records, log, settings: () => config().hooks });
  const { page, identify } = operatorRoutes({
    records,
    log,
    secret,
    passwordHash: () => config().console.password,
    routes: [
      ...parts.routes,
      ...hooks.routes,
      ...authRoutes({ records, grants, bans, sessions, trusted: () => config().limits.trusted }),
      ...configRoutes({ file: new ConfigFile(configFile), config, environment: process.env, readAgain }),
    ],
  });
  warnOfSignatures(config(), log);
  const close = async () => {
    stopReading();
    closeAccess();
    bandwidth.close();
    await hooks.close();
    await records.close();
  };
  return {
    access,
    identify,
    records: reachable(isOpen, () => records.streamKeys.byHash("")),
    page,
    hooks: hooks.figures,
    changed: () => {
      changed();
      hooks.changed();
      warnOfSignatures(config(), log);
    },
    close,
  };
}

/** Where addresses are to be signed in a way that would not be safe, all are refused: that should not be found out from viewers. */
function warnOfSignatures({ apps }: Config, log: Log): void {
  for (const [app, { access }] of Object.entries(apps)) {
    if (![...access.publish, ...access.play].includes("signed")) continue;
    const problem = signedProblem(access.signed);
    if (problem !== undefined) log.warn({ app, reason: problem }, "signed addresses are refused");
  }
}

/** Opened at once where something has been kept, and otherwise when something is to be. */
async function openKept(postgres: string, configFile: string, log: Log): Promise<ReturnType<typeof later>> {
  const file = join(dirname(configFile), ".sluice", "records.db");
  const kept = later(() => open(postgres, file, log));
  if (postgres !== "" || existsSync(file)) await kept.records.bans.inForce();
  return kept;
}

/** Where nothing can be written beside the configuration, records last until the machine forgets its temporary files. */
async function open(postgres: string, file: string, log: Log): Promise<Records> {
  const { openRecords } = await import("../storage/records/index.ts");
  if (postgres !== "") return openRecords({ postgres });
  try {
    return await openRecords({ file });
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    log.warn({}, "the folder .sluice beside the configuration cannot be written: accounts, keys and bans are not kept");
    return openRecords({ file: join(await mkdtemp(join(tmpdir(), "sluice-")), "records.db") });
  }
}

function isUnwritable(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  return code === "EACCES" || code === "EROFS" || code === "EPERM" || (cause !== undefined && isUnwritable(cause));
}
