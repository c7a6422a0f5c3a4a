import { decidePublishing } from "./access.ts";
import type { Include } from "./directives.ts";
import { Draft, type Verdict } from "./draft.ts";
import { type Server, serverOf, servers } from "./format.ts";
import { importMediamtx } from "./mediamtx.ts";
import { importNginx } from "./nginx.ts";
import { importNodeMediaServer } from "./node-media-server.ts";
import { ImportError, type ImportedFile, limits } from "./origin.ts";
import { configText } from "./render.ts";
import { importSrs } from "./srs.ts";

export { type Server, servers } from "./format.ts";
export { ImportError, type ImportedFile } from "./origin.ts";
export type { Include };

export type ImportHost = {
  /** Which server it is of; found out where it is not said. */
  readonly from?: Server | undefined;
  readonly include: Include;
  /** Makes a stream key. */
  readonly newKey: () => string;
};

/** What an import has come to: our configuration's text, and how many settings fared how. */
export type Imported = {
  readonly server: Server;
  readonly text: string;
  readonly counts: Readonly<Record<Verdict | "taken", number>>;
};

/** Makes a configuration of ours from another server's. Whatever is in it, the result is valid, or this throws one `ImportError`. */
export function importConfig(main: ImportedFile, { from, include, newKey }: ImportHost): Imported {
  const start = { file: main.file, line: 1 };
  if (main.text.length > limits.bytes) throw new ImportError(start, "is larger than 512 KiB");
  const server = from ?? serverOf(main.text);
  if (server === undefined)
    throw new ImportError(
      start,
      `looks like no configuration of ${Object.values(servers).join(", ")}; --from says of which it is`,
    );
  const draft = new Draft();
  importers[server](main, draft, include);
  decidePublishing(draft, newKey);
  draft.settle();
  const text = configText(draft, { file: main.file, server: servers[server] });
  if (text.length > maxBytes)
    throw new ImportError(start, "comes to more than 1 MiB, which is more than a configuration may have");
  return { server, text, counts: countsOf(draft) };
}

const maxBytes = 1024 * 1024;

const importers: Readonly<Record<Server, (main: ImportedFile, draft: Draft, include: Include) => void>> = {
  nginx: (main, draft, include) => importNginx(main, include, draft),
  srs: (main, draft, include) => importSrs(main, include, draft),
  mediamtx: importMediamtx,
  "node-media-server": importNodeMediaServer,
};

function countsOf(draft: Draft): Imported["counts"] {
  const of = (verdict: Verdict) =>
    new Set(draft.remarks.filter((each) => each.verdict === verdict).map(({ setting }) => setting)).size;
  const taken = new Set(draft.taken.flatMap(({ settings }) => settings)).size;
  return { taken, open: of("open"), missing: of("missing"), changed: of("changed"), same: of("same") };
}
