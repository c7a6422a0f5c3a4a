import { type Logger, pino } from "pino";
import type { Log } from "./core/log.ts";

export type LogSettings = { readonly level: string; readonly format: "auto" | "text" | "json" };

/** A log whose level and secrets can change while the server runs. */
export type ServerLog = Log & {
  configure(settings: { level: string; secrets: readonly string[] }): void;
};

const redacted = "[redacted]";
/** Names of fields that hold secrets whatever is in them. */
const secretNames = new Set(["key", "password", "token", "secret", "authorization", "query", "tcurl", "cookie"]);
const maxDepth = 4;

/** Opens the log: text for people or JSON for programs, on standard output. Whatever is logged, secrets are masked: by the field's name, and wherever a known one occurs. */
export function openLog(
  settings: LogSettings,
  write: (line: string) => void = (line) => void process.stdout.write(line),
): ServerLog {
  const asText = settings.format === "text" || (settings.format === "auto" && process.stdout.isTTY);
  let secrets: readonly string[] = [];
  const logger: Logger = pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: asText ? (line: string) => write(textLine(line)) : write },
  );
  const at = (level: "debug" | "info" | "warn" | "error") => (fields: object, text: string) => {
    if (logger.isLevelEnabled(level)) logger[level](mask(fields, secrets, 0) as object, maskText(text, secrets));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    configure: (changed) => {
      logger.level = changed.level;
      secrets = changed.secrets.filter((each) => each.length >= 4);
    },
  };
}

function mask(value: unknown, secrets: readonly string[], depth: number): unknown {
  if (typeof value === "string") return maskText(value, secrets);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "…";
  if (Array.isArray(value)) return value.map((each) => mask(each, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name,
      secretNames.has(name.toLowerCase()) ? redacted : mask(each, secrets, depth + 1),
    ]),
  );
}

function maskText(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (masked, secret) => (masked.includes(secret) ? masked.replaceAll(secret, redacted) : masked),
    text,
  );
}

/** One line a record: time, level, text, then the fields. Values with spaces or control characters are quoted, so a line is always one record. */
function textLine(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as { time: string; level: string; msg: string } & Record<
    string,
    unknown
  >;
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${shownValue(value)}`);
  return `${[time.slice(11, 23), level.toUpperCase().padEnd(5), shownText(msg), ...shown].join(" ")}\n`;
}

function shownValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[\x21\x23-\x7e]+$/.test(text) ? text : JSON.stringify(text);
}

function shownText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : JSON.stringify(text);
}
