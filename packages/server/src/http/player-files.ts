import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The files of `<sluice-player>` by the paths that pages load them at. */
export type PlayerFiles = {
  readonly files: ReadonlyMap<string, string>;
  /** Names in a page's HTML become those of this build, which a browser may keep for good. */
  dated(html: string): string;
};

const require = createRequire(import.meta.url);
const folder = "/assets/player/";
const hashed = /^([a-z-]+)-[A-Za-z0-9_-]{8}\.js$/;

/** What the player was built into: each file under its own name, and under the one without its hash. None where it has not been built. */
export function playerFiles(): PlayerFiles {
  const from = join(dirname(require.resolve("@sluice/player/package.json")), "dist", "bundle");
  const files = new Map<string, string>();
  const names = new Map<string, string>();
  for (const file of builtFiles(from)) {
    const plain = `${hashed.exec(file)?.[1]}.js`;
    files.set(folder + file, join(from, file));
    files.set(folder + plain, join(from, file));
    names.set(plain, file);
  }
  return {
    files,
    dated: (html) =>
      html.replaceAll(/\/assets\/player\/([a-z-]+\.js)/g, (_, name) => folder + (names.get(name) ?? name)),
  };
}

/** Whether a path is one whose file never changes. */
export function isDated(path: string): boolean {
  return path.startsWith(folder) && hashed.test(path.slice(folder.length));
}

function builtFiles(from: string): string[] {
  try {
    return readdirSync(from).filter((file) => hashed.test(file));
  } catch {
    return [];
  }
}
