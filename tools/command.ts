import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

export type Outcome = { readonly code: number; readonly message: unknown; readonly tookTooLong: boolean };

/** Runs one program in a process group of its own, with a time limit; whatever it leaves behind in its group is ended with it. `message` is the last that it sent over IPC. */
export async function run(
  [program = "", ...args]: readonly string[],
  { cwd, limitMs }: { readonly cwd: string; readonly limitMs: number },
): Promise<Outcome> {
  const child = spawn(program, args, { cwd, stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true });
  let message: unknown;
  let tookTooLong = false;
  child.on("message", (value) => {
    message = value;
  });
  const timer = setTimeout(() => {
    tookTooLong = true;
    endGroup(child);
  }, limitMs);
  // A group of its own does not hear the terminal's Ctrl-C.
  const interrupted = (signal: NodeJS.Signals) => {
    endGroup(child);
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupted);
  try {
    const [code] = await once(child, "exit");
    return { code: typeof code === "number" ? code : 1, message, tookTooLong };
  } finally {
    clearTimeout(timer);
    for (const signal of signals) process.off(signal, interrupted);
    endGroup(child);
  }
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // nobody is left in it
  }
}
