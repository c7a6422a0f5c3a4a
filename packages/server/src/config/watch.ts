import { type FSWatcher, statSync, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";

export type WatchSettings = {
  /** Files must have stayed as they are for this long, so that nobody reads a half-written one. */
  readonly settleMs: number;
  /** Some file systems tell nobody of changes: the files are looked at this often too. */
  readonly pollMs: number;
};

const usual: WatchSettings = { settleMs: 200, pollMs: 5_000 };

/**
 * Calls back once after any of the files changed, appeared, went away or was replaced (also by a link to another). Returns the function
 * that ends the watch. It keeps no process alive.
 */
export function watchFiles(files: readonly string[], changed: () => void, settings: WatchSettings = usual): () => void {
  let reported = files.map(markNow).join();
  let seen = reported;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const look = async () => {
    const found = (await Promise.all(files.map(mark))).join();
    timer = undefined;
    if (closed) return;
    if (found !== seen) {
      seen = found;
      lookSoon();
    } else if (found !== reported) {
      reported = found;
      changed();
    }
  };
  const lookSoon = () => {
    timer ??= setTimeout(() => void look(), settings.settleMs).unref();
  };

  // The directory is watched, not the file: a file that is replaced takes its watcher with it.
  const watchers = [...new Set(files.map((file) => dirname(file)))].map((directory) =>
    watchDirectory(directory, lookSoon),
  );
  const poll = setInterval(lookSoon, settings.pollMs).unref();
  return () => {
    closed = true;
    clearTimeout(timer);
    clearInterval(poll);
    for (const watcher of watchers) watcher?.close();
  };
}

function watchDirectory(directory: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined; // not there, or no watches left: the poll finds it
  }
}

type Stats = { readonly ino: bigint; readonly size: bigint; readonly mtimeNs: bigint; readonly ctimeNs: bigint };

function markNow(file: string): string {
  try {
    return text(statSync(file, { bigint: true }));
  } catch {
    return "";
  }
}

async function mark(file: string): Promise<string> {
  try {
    return text(await stat(file, { bigint: true }));
  } catch {
    return "";
  }
}

function text({ ino, size, mtimeNs, ctimeNs }: Stats): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}
