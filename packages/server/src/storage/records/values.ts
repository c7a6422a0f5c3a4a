import { randomBytes } from "node:crypto";
import { nameOf } from "../../core/secret.ts";
import { RecordsError } from "./records-error.ts";

/** What a text may be. `form` is said of it in an error; the text itself never is. */
export type TextRule = {
  readonly least?: number;
  readonly most: number;
  readonly pattern?: RegExp;
  readonly form?: string;
};

const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029]/u;
const latest = 8_640_000_000_000_000;
const id = /^[A-Za-z0-9_-]{16}$/;
const sha256 = /^[0-9a-f]{64}$/;

export const secretHash: TextRule = { most: 64, pattern: sha256, form: "a SHA-256 hash in lower-case hexadecimal" };
export const label: TextRule = { least: 0, most: 128 };
export const reason: TextRule = { least: 0, most: 512 };

export function newId(): string {
  return nameOf(randomBytes(12));
}

export function isId(text: string): boolean {
  return id.test(text);
}

/** Whether a text could be in the records at all: what could not is looked up in vain. */
export function fits(text: string, { least = 1, most, pattern }: TextRule): boolean {
  return text.length >= least && text.length <= most && !unprintable.test(text) && (pattern?.test(text) ?? true);
}

/** The text, when it may be kept. */
export function checked(what: string, text: string, rule: TextRule): string {
  if (fits(text, rule)) return text;
  throw invalid(what, rule.form ?? `${rule.least ?? 1} to ${rule.most} characters in one line`);
}

/** The text, when it may be kept, or nothing. */
export function checkedOrNull(what: string, text: string | null | undefined, rule: TextRule): string | null {
  return text === undefined || text === null ? null : checked(what, text, rule);
}

/** A time in unix milliseconds, or nothing. */
export function timeOrNull(what: string, time: number | null | undefined): number | null {
  return time === undefined || time === null ? null : checkedTime(what, time);
}

/** A time in unix milliseconds. */
export function checkedTime(what: string, time: number): number {
  if (Number.isSafeInteger(time) && time >= 0 && time <= latest) return time;
  throw invalid(what, "a time in whole milliseconds since 1970");
}

/** Says what a value has to be. */
export function invalid(what: string, form: string): RecordsError {
  return new RecordsError("records/invalid", `${what} is not ${form}`);
}
