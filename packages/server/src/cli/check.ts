import { ConfigError, loadConfig } from "../config/load.ts";
import { complain, say } from "./output.ts";

/** `sluice check`: 0 when the configuration can be used. */
export async function check(file: string): Promise<number> {
  try {
    const { warnings } = await loadConfig(file, process.env);
    complain(...warnings.map((each) => `warning: ${each}`));
    say(`${file} is valid`);
    return 0;
  } catch (error) {
    complain(problemText(file, error));
    return 1;
  }
}

/** Why a configuration could not be read, in words. */
export function problemText(file: string, error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOENT")
    return `${file} is not there; start the server once to make one, or name another with --config`;
  if (code === "EACCES") return `${file} may not be read by this user`;
  if (code === "EISDIR") return `${file} is a folder; name a file with --config`;
  return `${file} cannot be read: ${message}`;
}
