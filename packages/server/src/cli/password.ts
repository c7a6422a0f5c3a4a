import { randomBytes } from "node:crypto";
import { hashPassword } from "../config/password.ts";
import { say } from "./output.ts";

/** `sluice password`: a new random console password, and what to write into the configuration for it. */
export async function password(): Promise<number> {
  const made = randomBytes(12).toString("base64url");
  say(`Console password   ${made}`, "", "In the configuration:", "console:", `  password: ${await hashPassword(made)}`);
  return 0;
}
