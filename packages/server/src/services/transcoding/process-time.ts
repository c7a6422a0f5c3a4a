import { readFile } from "node:fs/promises";

/** Linux counts in these, whatever its clock does (proc(5), USER_HZ). */
const ticksPerSecond = 100;

/** How many processor seconds a process has taken so far; undefined where it is gone, or the platform does not tell. */
export async function processSeconds(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The name, in parentheses, may hold anything; behind it the state is the third field, utime the 14th and stime the 15th.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isFinite(ticks) ? ticks / ticksPerSecond : undefined;
}
