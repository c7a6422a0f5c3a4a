/** Lines for the person at the terminal, who asked for them; everything else goes to the log. */
export function say(...lines: string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** What went wrong, and what to do. */
export function complain(...lines: string[]): void {
  process.stderr.write(`${lines.join("\n")}\n`);
}
