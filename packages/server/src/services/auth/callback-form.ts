import type { AccessRequest } from "../../core/access.ts";
import type { StreamName } from "../../core/stream-name.ts";
import type { Reply } from "./exchange.ts";

/** What is asked. `id` is this question's alone, and stays the same when it is asked again. */
export type Question = {
  readonly request: AccessRequest;
  readonly id: string;
  /** Counts the questions, for forms that know sessions by number. */
  readonly number: number;
  /** Seconds since 1970. */
  readonly time: number;
};

/** What an answer says. */
export type Verdict =
  | {
      readonly kind: "yes";
      readonly stream?: StreamName;
      readonly expiresAt?: number;
      readonly sessions?: number;
      readonly bitrate?: number;
      readonly id?: string;
    }
  | { readonly kind: "no"; readonly reason?: string }
  | { readonly kind: "unclear"; readonly why: string };

/** How a question is written and its answer read. Answers with a status of 5xx do not come here: they are none. */
export type CallbackForm = {
  readonly contentType: string;
  write(question: Question): string;
  read(reply: Reply, request: AccessRequest): Verdict;
};

/** Words for the client: short, and nothing in them that moves a cursor or hides. */
export function printable(reason: unknown): { readonly reason?: string } {
  return typeof reason === "string" && /^[^\p{C}\p{Zl}\p{Zp}]{1,200}$/u.test(reason) ? { reason } : {};
}

export function isOk(status: number): boolean {
  return status >= 200 && status < 300;
}

/** A JSON object's fields, undefined where the text is none. Nothing is found in it that is not there. */
export function jsonFields(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
