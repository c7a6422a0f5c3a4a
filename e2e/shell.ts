import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** What a command came to; `code` is null when a signal ended it. */
export type Result = { readonly code: number | null; readonly out: string; readonly err: string };

/** A command that goes on. */
export type Going = {
  readonly result: Result;
  readonly isOver: boolean;
  /** Interrupts it, as Ctrl-C does, and waits for its end. */
  interrupt(): Promise<Result>;
};

/** A shell in which commands are given one after the other: what one exports is there for the next. */
export type Shell = {
  begin(commands: string): Going;
  run(commands: string): Promise<Result>;
};

const limitMs = 60_000;

/** Opens a shell in a folder. What is still going when the test is over is killed. */
export function openShell(t: TestContext, folder: string, environment: Readonly<Record<string, string>>): Shell {
  const variables = join(folder, "variables.sh");
  const start = (commands: string) => {
    const before = existsSync(variables) ? readFileSync(variables, "utf8") : "";
    const script = `${before}\ntrap 'export -p > "${variables}"' EXIT\n${commands}`;
    const child = spawn("bash", ["-e", "-o", "pipefail", "-c", script], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // so that it is interrupted with all that it has started
    });
    const text = { out: "", err: "" };
    child.stdout.on("data", (bytes) => {
      text.out += bytes;
    });
    child.stderr.on("data", (bytes) => {
      text.err += bytes;
    });
    t.after(() => signal(child, "SIGKILL"));
    return { child, text, over: once(child, "close") };
  };
  return {
    begin: (commands) => {
      const { child, text, over } = start(commands);
      const result = () => ({ code: child.exitCode, ...text });
      return {
        get result() {
          return result();
        },
        get isOver() {
          return isOver(child);
        },
        interrupt: async () => {
          signal(child, "SIGINT");
          await inTime(child, over);
          return result();
        },
      };
    },
    run: async (commands) => {
      const { child, text, over } = start(commands);
      await inTime(child, over);
      return { code: child.exitCode, ...text };
    },
  };
}

async function inTime(child: ChildProcess, over: Promise<unknown>): Promise<void> {
  const timer = setTimeout(() => signal(child, "SIGKILL"), limitMs);
  await over;
  clearTimeout(timer);
}

function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, name);
  } catch {
    // all of them have ended
  }
}
