import { MalformedError } from "../malformed-error.ts";

/** What `read` finds, or undefined where the bytes are broken: for details that a stream can do without. */
export function lenient<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
