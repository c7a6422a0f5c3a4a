import { randomBytes } from "node:crypto";
import { link, unlink, writeFile } from "node:fs/promises";
import { hashPassword } from "./password.ts";

/** What was made up for a new installation; it is shown once and kept only in the file (the password not even there). */
export type FirstStart = { readonly streamKey: string; readonly password: string };

/** Writes a configuration with a random stream key and console password, readable by its owner only. A file that is there already is never touched: then the result is undefined. */
export async function writeFirstConfig(file: string): Promise<FirstStart | undefined> {
  const streamKey = randomBytes(18).toString("base64url");
  const password = randomBytes(12).toString("base64url");
  const temporary = `${file}.${process.pid}.new`;
  await writeFile(temporary, text(streamKey, await hashPassword(password)), { mode: 0o600, flag: "wx" });
  try {
    await link(temporary, file);
    return { streamKey, password };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw error;
  } finally {
    await unlink(temporary);
  }
}

function text(streamKey: string, passwordHash: string): string {
  return `# Sluice. Every key and its default: docs/configuration.md. Changes are picked up while it runs.

# Who may publish: who shows one of these keys (?key=… behind the stream name); or everyone: auth: open
auth: key
streamKeys:
  - ${streamKey}

# Apps that streams are published under: rtmp://host/live/NAME
apps:
  live:
    hold: 15s # how long a stream waits for a publisher that was lost

# Ports
rtmp:
  port: 1935
  securePort: 1936
http:
  port: 8080
  securePort: 8443

# Hash of the operator's password
console:
  password: "${passwordHash}"
`;
}
