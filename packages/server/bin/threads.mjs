// V8 compiles and marks what is garbage in threads of its own.
import { readdirSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";

/** They wait for nobody, but viewers do: where all cores are busy these threads take what the server leaves. */
const niceness = 19;

/** Lets this process' own work go before what V8 does beside it. Only Linux tells one thread from another. */
export function serveFirst() {
  if (process.platform !== "linux") return;
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      if (readFileSync(`/proc/self/task/${thread}/comm`, "utf8") === "V8Worker\n")
        setPriority(Number(thread), niceness);
    } catch {
      // a thread that has ended; or who runs this may not say so
    }
  }
}
