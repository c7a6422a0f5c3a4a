import { pino } from "pino";
import { printable } from "./config/printable.ts";
import type { Log } from "./core/log.ts";

export type LogSettings = { readonly level: string; readonly format: "auto" | "text" | "json" };

/** A log whose settings and secrets can change while the server runs. */
export type ServerLog = Log & {
  /** Secrets once known stay masked: a key that was taken out of the configuration may still be in use. */
  configure(settings: LogSettings, secrets: readonly string[]): void;
  /** Writes what is still waiting; for the last lines before the process ends. */
  flush(): void;
};

/** Where lines go. `terminal`: people read along, so `auto` means text, with colours. */
export type LogOutput = { readonly terminal: boolean; write(line: string): void; flush?(): void };

type Level = "debug" | "info" | "warn" | "error";
type LineRecord = { readonly time: string; readonly level: Level; readonly message: string };

/** Names that every record has; a field of that name steps aside. */
const own: ReadonlySet<string> = new Set(["time", "level", "message"]);
const redacted = "[redacted]";
/** Names of fields that hold secrets whatever is in them. */
const secretName =
  /^(?:authorization|cookie|passphrase|query|tcurl|.*password|.*secret|.*token|(?:.*[^a-z])?keys?|.*Keys?)$/;
/** A secret in a URL, also one that nobody knows yet: a mistyped key is nearly the right one. */
const secretParameter =
  /([?&;](?:[a-z_-]*key|[a-z_-]*token|[a-z_-]*secret|[a-z_-]*hash|password|pass|pwd|sig|sign|signature|md5|response)=)[^&;#\s"'<>]+/gi;
const urlPassword = /(\/\/[^/\s:@"']*:)[^/\s@"']+@/g;
const maxDepth = 4;
const maxItems = 100;
const shortestSecret = 4;
/** What waits for a reader that does not read; lines beyond it are lost rather than the server. */
const maxWaiting = 4 * 1024 * 1024;

/**
 * Opens the log: text for people or JSON for programs, a line a record, on standard output unless another is given. Whatever is logged, secrets are masked:
 * by the field's name, as a URL's parameter, and wherever a known one occurs.
 */
export function openLog(settings: LogSettings, output: LogOutput = standardOutput()): ServerLog {
  let asText = isText(settings, output);
  const secrets = new Set<string>();
  const logger = pino(
    {
      level: settings.level,
      base: null,
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => output.write(asText ? textLine(line, output.terminal) : line) },
  );
  const at = (level: Level) => (fields: object, text: string) => {
    if (!logger.isLevelEnabled(level)) return;
    const record = Object.entries(masked(fields, secrets, 0) as object).map(([name, value]) => [
      own.has(name) ? `${name}_` : name,
      value,
    ]);
    logger[level](Object.fromEntries(record), maskedText(text, secrets));
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    configure: (changed, known) => {
      logger.level = changed.level;
      asText = isText(changed, output);
      for (const secret of known.filter(({ length }) => length >= shortestSecret))
        secrets.add(secret).add(encodeURIComponent(secret));
    },
    flush: () => output.flush?.(),
  };
}

/** Standard output, written to in the background: a reader that stops costs lines, not viewers. */
function standardOutput(): LogOutput {
  const stream = pino.destination({ fd: 1, sync: false, maxLength: maxWaiting });
  stream.on("error", () => {}); // nobody reads any more
  return {
    terminal: process.stdout.isTTY === true && !process.env.NO_COLOR,
    write: (line) => void stream.write(line),
    flush: () => stream.flushSync(),
  };
}

function isText({ format }: LogSettings, { terminal }: LogOutput): boolean {
  return format === "text" || (format === "auto" && terminal);
}

function masked(value: unknown, secrets: ReadonlySet<string>, depth: number): unknown {
  if (typeof value === "string") return maskedText(value, secrets);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "…";
  if (value instanceof Error) return maskedText(value.stack ?? String(value), secrets);
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Date || value instanceof URL) return maskedText(String(value.toJSON()), secrets);
  if (Array.isArray(value)) return value.slice(0, maxItems).map((each) => masked(each, secrets, depth + 1));
  const entries = Object.entries(value).slice(0, maxItems);
  return Object.fromEntries(
    entries.map(([name, each]) => [
      maskedText(name, secrets),
      isSecret(name) ? redacted : masked(each, secrets, depth + 1),
    ]),
  );
}

function isSecret(name: string): boolean {
  return secretName.test(name) || secretName.test(name.toLowerCase());
}

function maskedText(text: string, secrets: ReadonlySet<string>): string {
  let safe = text;
  for (const secret of secrets) if (safe.includes(secret)) safe = safe.replaceAll(secret, redacted);
  if (!safe.includes("=") && !safe.includes("@")) return safe;
  return safe.replace(secretParameter, `$1${redacted}`).replace(urlPassword, `$1${redacted}@`);
}

const colours: Readonly<Record<Level, string>> = {
  debug: "\u001b[2m",
  info: "\u001b[32m",
  warn: "\u001b[33m",
  error: "\u001b[31m",
};
const plain = "\u001b[0m";

/** One line a record: time, level, text, then the fields. Nothing in it can end the line or speak to the terminal. */
function textLine(line: string, coloured: boolean): string {
  const { time, level, message, ...fields } = JSON.parse(line) as LineRecord & Record<string, unknown>;
  const shown = Object.entries(fields).map(([name, value]) => `${printable(name)}=${shownValue(value)}`);
  const name = level.padEnd(5);
  return `${[time, coloured ? `${colours[level]}${name}${plain}` : name, printable(message), ...shown].join(" ")}\n`;
}

function shownValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return printable(typeof value !== "string" || /^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text));
}
