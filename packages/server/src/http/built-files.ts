import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** What pages load of a package that is built for browsers, by the paths that they load it at. */
export type BuiltFiles = {
  readonly files: ReadonlyMap<string, string>;
  /** Names in a page's HTML become those of this build, which a browser may keep for good. */
  dated(html: string): string;
};

const hashed = /^([a-z-]+)-[A-Za-z0-9_-]{8}(\.js|\.css)$/;

/** What the package of a `package.json` was built into, under `/assets/NAME/`: each file under its own name, and under the one without its hash. None where it has not been built. */
export function builtFiles(name: string, packageFile: string): BuiltFiles {
  const from = join(dirname(packageFile), "dist", "bundle");
  const folder = `/assets/${name}/`;
  const files = new Map<string, string>();
  const names = new Map<string, string>();
  for (const file of filesIn(from)) {
    const [, word, ending] = hashed.exec(file) ?? [];
    const plain = `${word}${ending}`;
    files.set(folder + file, join(from, file));
    files.set(folder + plain, join(from, file));
    names.set(folder + plain, folder + file);
  }
  return {
    files,
    dated: (html) => html.replaceAll(/\/assets\/[a-z]+\/[a-z-]+\.(?:js|css)/g, (path) => names.get(path) ?? path),
  };
}

/** Whether a path is one whose file never changes. */
export function isDated(path: string): boolean {
  return hashed.test(path.slice(path.lastIndexOf("/") + 1));
}

function filesIn(from: string): string[] {
  try {
    return readdirSync(from).filter((file) => hashed.test(file));
  } catch {
    return [];
  }
}
