import { printable } from "../config/printable.ts";

/** Rows under each other, as wide as what is in them. */
export function table(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): string {
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(column, row[column])))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cell(column: string, value: unknown): string {
  if (value === undefined || value === null) return "-";
  if (typeof value === "number" && /At$|^at$/.test(column)) return new Date(value).toISOString();
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
}
