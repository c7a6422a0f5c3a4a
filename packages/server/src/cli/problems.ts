import { configKeys } from "../config/keys.ts";
import { ConfigError } from "../config/problem.ts";

/** Why a configuration cannot be used, in words; a line for each problem. */
export function configProblems(file: string, error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return `${file} is not there; start the server once to make one, or name another with --config`;
    case "EACCES":
      return `${file} may not be read by this user`;
    case "EISDIR":
      return `${file} is a folder; name a file with --config`;
    default:
      return `${file} cannot be read: ${message}`;
  }
}

/** A port that a listener could not have: `listener` is the configuration key that says which. */
type ListenFailure = Error & { readonly code: string; readonly port: number; readonly listener: string };

/** Why the server could not start, in one sentence that says what to do; undefined for what nobody expected. */
export function startProblem(error: unknown, file: string): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  if (error.code === "tls/certificate") return `Sluice cannot start: ${error.message}`;
  return isListenFailure(error) ? `Sluice cannot start: ${listenProblem(error, file)}` : undefined;
}

function isListenFailure(error: Error): error is ListenFailure {
  return "listener" in error && "port" in error;
}

function listenProblem({ code, port, listener, message }: ListenFailure, file: string): string {
  const change = (key: string) => {
    const variable = configKeys.find(({ path }) => path.join(".") === key)?.variable;
    return `${key} in ${file}${variable === undefined ? "" : ` or ${variable} in the environment`}`;
  };
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} (${listener}) is taken, by another program or another listener; choose another port with ${change(listener)}.`;
    case "EACCES":
      return `this user may not listen on port ${port} (${listener}); choose one above 1023 with ${change(listener)}.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the address to listen on for ${listener} is none of this machine's; change ${change(listener.replace(/\.\w+$/, ".host"))}.`;
    default:
      return `${message}; choose another port with ${change(listener)}.`;
  }
}
