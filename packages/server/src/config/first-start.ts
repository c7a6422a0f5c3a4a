import { randomBytes } from "node:crypto";
import { link, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Environment } from "./environment.ts";
import { type Loaded, loadConfig, parseConfig } from "./load.ts";
import { hashPassword } from "./password.ts";
import { ConfigError } from "./problem.ts";

/** What was made up for a new installation; it is shown once and kept only in the file (the password not even there). */
export type FirstStart = { readonly streamKey: string; readonly password: string };

/**
 * The configuration to start with: the file's, or a new one where there is no file. Where none can be written the environment has to say who may
 * publish. Throws as `loadConfig` does.
 */
export async function openConfig(
  file: string,
  environment: Environment,
): Promise<Loaded & { readonly first?: FirstStart }> {
  try {
    return await loadConfig(file, environment);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  try {
    const first = await writeFirstConfig(file);
    return { ...(await loadConfig(file, environment)), ...(first && { first }) };
  } catch (error) {
    const reason = unwritable[codeOf(error) ?? ""];
    if (reason === undefined) throw error;
    return withoutFile(file, environment, reason);
  }
}

const unwritable: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "the file system is read-only",
  ENOENT: "its folder is not there",
  ENOTDIR: "its folder is not there",
  ENOSPC: "the disk is full",
};

/** A container without a writable folder is configured by its environment alone. */
function withoutFile(file: string, environment: Environment, reason: string): Loaded {
  const { config, warnings } = parseConfig("", environment, file);
  if (config.auth === "key" && config.streamKeys.length === 0) {
    const text = `is not there and cannot be written: ${reason} (${dirname(file)}); name another with --config, or set SLUICE_STREAM_KEYS`;
    throw new ConfigError(file, [{ key: "", text }]);
  }
  return {
    config,
    warnings: [
      ...warnings,
      `${file} is not there and cannot be written (${reason}): defaults and the environment are used`,
    ],
  };
}

/** Writes a configuration with a random stream key and console password, readable by its owner only. A file that is there already is never touched: then the result is undefined. */
export async function writeFirstConfig(file: string): Promise<FirstStart | undefined> {
  const streamKey = randomBytes(24).toString("base64url");
  const password = randomBytes(12).toString("base64url");
  const text = firstConfig(streamKey, await hashPassword(password));
  return (await writeNew(file, text)) ? { streamKey, password } : undefined;
}

/** Whole or not at all, and never over another file: a second process may be starting too. */
async function writeNew(file: string, text: string): Promise<boolean> {
  const temporary = `${file}.${randomBytes(6).toString("hex")}.new`;
  try {
    await writeFile(temporary, text, { mode: 0o600, flag: "wx" });
    await link(temporary, file).catch(async (error: unknown) => {
      if (codeOf(error) === "EEXIST") throw error;
      await writeFile(file, text, { mode: 0o600, flag: "wx" }); // a file system without links
    });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true }).catch(() => {}); // what made the write fail is what matters
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

function firstConfig(streamKey: string, passwordHash: string): string {
  return `# Sluice's configuration. Every key with its default: docs/configuration.md. To check it: sluice check
# It is read again when it changes. Ports, addresses and a few more need a restart: the log says so, and so does that page.

auth: key # who may publish: key (who shows one of these keys, as ?key=… behind the stream name) or open (everyone)
streamKeys:
  - ${streamKey}

console:
  password: ${passwordHash} # a hash; for a new one: sluice password

apps: # what streams are published under: rtmp://host/live/NAME
  live:
    hold: 15s # how long viewers stay when the publisher is lost, for it to return

# rtmp:
#   port: 1935
# http:
#   port: 8080
# tls: # without these a self-signed certificate is used
#   certificate: /etc/letsencrypt/live/example.com/fullchain.pem
#   key: /etc/letsencrypt/live/example.com/privkey.pem
`;
}
