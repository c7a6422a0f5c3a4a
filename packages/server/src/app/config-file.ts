import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** One text that the configuration's file has had. */
export type Version = { readonly revision: string; readonly savedAt: number };

/** The file was changed by somebody else meanwhile. */
export class Overtaken extends Error {}

const keptVersions = 50;
const versionName = /^(\d{1,15})-([0-9a-f]{16})\.yaml$/;

/** The configuration's file, and what it said before each change that was made through the API. Files are readable by their owner alone: secrets stand in them. */
export class ConfigFile {
  readonly path: string;
  readonly #folder: string;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
    this.#folder = join(dirname(path), ".sluice", "config");
  }

  /** Its text, and what names it; empty where there is no file. */
  async read(): Promise<{ readonly text: string; readonly revision: string }> {
    const text = await readFile(this.path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return "";
      throw error;
    });
    return { text, revision: revisionOf(text) };
  }

  /** Replaces the file in one step if it still is the one of `expected`; what it said before is kept. Rejects with `Overtaken`, or the system's error. */
  write(text: string, expected: string): Promise<void> {
    const written = this.#writing.then(() => this.#write(text, expected));
    this.#writing = written.catch(() => {});
    return written;
  }

  /** Those that are kept, the newest first. */
  async versions(): Promise<readonly Version[]> {
    const names = await readdir(this.#folder).catch(() => []);
    return names
      .flatMap((name) => {
        const [, savedAt, revision] = versionName.exec(name) ?? [];
        return savedAt !== undefined && revision !== undefined ? [{ revision, savedAt: Number(savedAt) }] : [];
      })
      .sort((a, b) => b.savedAt - a.savedAt);
  }

  /** The newest kept text of this name. */
  async version(revision: string): Promise<string | undefined> {
    const found = (await this.versions()).find((each) => each.revision === revision);
    return found && readFile(this.#fileOf(found), "utf8").catch(() => undefined);
  }

  async #write(text: string, expected: string): Promise<void> {
    const { text: before, revision } = await this.read();
    if (revision !== expected) throw new Overtaken();
    if (before !== "") await this.#keep(before, revision);
    const made = `${this.path}.${randomBytes(6).toString("hex")}`;
    const mode = await stat(this.path).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    );
    try {
      await writeFile(made, text, { mode: 0o600, flush: true });
      await chmod(made, mode);
      await rename(made, this.path);
    } catch (error) {
      await rm(made, { force: true });
      throw error;
    }
  }

  async #keep(text: string, revision: string): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFile(this.#fileOf({ revision, savedAt: Date.now() }), text, { mode: 0o600 });
    for (const old of (await this.versions()).slice(keptVersions)) await rm(this.#fileOf(old), { force: true });
  }

  #fileOf({ revision, savedAt }: Version): string {
    return join(this.#folder, `${savedAt}-${revision}.yaml`);
  }
}

export function revisionOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
