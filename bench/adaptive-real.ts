import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const test = fileURLToPath(new URL("../e2e/adaptive.test.ts", import.meta.url));

/** Lets real players watch through networks that become slow and fast again, with a real transcoder; how they did, in a sentence. What they did at each moment is in `.cache/adaptive-real.csv`. */
export async function adaptiveReal(): Promise<string> {
  const child = spawn(process.execPath, ["--conditions=@sluice/source", "--test", "--test-reporter=tap", test], {
    env: { ...process.env, SLUICE_E2E_ADAPTIVE: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  await once(child, "close");
  const said = Array.from(text.matchAll(/^# (.*(?: stood for | again after ).*)$/gm), ([, words]) => words);
  const skipped = /# SKIP (.*)$/m.exec(text.replace(/.*# SKIP .*SLUICE_E2E_ADAPTIVE.*/g, ""))?.[1];
  if (said.length === 0) return `Players on networks that change were not measured: ${skipped ?? text}`;
  return `Players on networks that change, 4 Mbit/s at first and at the end: ${said.join("; ")}`;
}
