import { printable } from "../config/printable.ts";
import { bitrateText, bytesText, durationText } from "./units.ts";

const narrowest = 8;
const gap = "  ";

/** Rows under each other, as wide as what is in them and no wider than the terminal; with `SLUICE_OUTPUT=json`, which is `--json`, all that is known of them as JSON. */
export function table<Row extends object>(
  rows: readonly Row[],
  columns: readonly (keyof Row & string)[],
  width = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  if (wantsJson()) return JSON.stringify(rows, undefined, 2);
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(column, row[column])))];
  const widths = fitted(
    columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0))),
    width,
  );
  return lines
    .map((line) =>
      line
        .map((text, index) => cut(text, widths[index] ?? 0).padEnd(widths[index] ?? 0))
        .join(gap)
        .trimEnd(),
    )
    .join("\n");
}

/** Whether a program reads what is said. */
export function wantsJson(): boolean {
  return process.env.SLUICE_OUTPUT === "json";
}

/** The widest gives way until all fit. */
function fitted(widths: readonly number[], width: number): readonly number[] {
  const made = [...widths];
  const sum = () => made.reduce((all, each) => all + each + gap.length, -gap.length);
  for (let over = sum() - width; over > 0; over = sum() - width) {
    const widest = made.indexOf(Math.max(...made));
    const before = made[widest] ?? 0;
    if (before <= narrowest) break;
    const second = Math.max(narrowest, ...made.filter((_, index) => index !== widest));
    made[widest] = Math.max(narrowest, before - Math.max(1, Math.min(over, before - second)));
  }
  return made;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function cell(column: string, value: unknown): string {
  if (value === undefined || value === null) return "-";
  if (typeof value === "number") return numberText(column, value);
  if (column === "openedAt" && typeof value === "string") return value.replace(/\.\d+Z$/, "Z");
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function numberText(column: string, value: number): string {
  if (/At$|^at$/.test(column)) return new Date(value).toISOString();
  if (/^bytes/.test(column)) return bytesText(value);
  if (/bitrate$/i.test(column)) return bitrateText(value);
  if (column === "seconds") return durationText(value);
  return String(value);
}
