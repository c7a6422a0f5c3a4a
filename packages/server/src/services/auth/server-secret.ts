import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const length = 32;

/** The secret that this server signs with: read from `file`, made there where there is none. Where it can be neither read nor written, one that lasts until the server stops. */
export async function serverSecret(file: string): Promise<{ readonly secret: Buffer; readonly kept: boolean }> {
  const known = await readFile(file).catch(() => undefined);
  if (known?.length === length) return { secret: known, kept: true };
  const secret = randomBytes(length);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, secret, { mode: 0o600 });
    return { secret, kept: true };
  } catch {
    return { secret, kept: false };
  }
}
