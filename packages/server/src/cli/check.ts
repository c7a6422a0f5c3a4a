import { loadConfig } from "../config/load.ts";
import { complain, say } from "./output.ts";
import { configProblems } from "./problems.ts";

/** `sluice check`: 0 when the configuration can be used. */
export async function check(file: string): Promise<number> {
  try {
    const { warnings } = await loadConfig(file, process.env);
    for (const warning of warnings) complain(`warning: ${warning}`);
    say(`${file} is valid`);
    return 0;
  } catch (error) {
    complain(configProblems(file, error));
    return 1;
  }
}
