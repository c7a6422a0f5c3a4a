import { type ExecFileException, execFile } from "node:child_process";
import { childEnvironment } from "./environment.ts";

/** How a short run of FFmpeg ended. */
export type Ran = { readonly error: ExecFileException | undefined; readonly out: string; readonly err: string };

const maxOutput = 1024 * 1024;

/** Runs it with no shell and this input, for so long at most. Never rejects. */
export function run(path: string, args: readonly string[], limitMs: number, input?: Uint8Array): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { timeout: limitMs, killSignal: "SIGKILL", maxBuffer: maxOutput, env: childEnvironment() } as const;
    const child = execFile(path, args, options, (error, out, err) => resolve({ error: error ?? undefined, out, err }));
    child.stdin?.on("error", () => {}); // it ended before it had read all
    child.stdin?.end(input);
  });
}
