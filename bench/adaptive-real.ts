import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { realPlot } from "./adaptive/real-plot.ts";

const test = fileURLToPath(new URL("../e2e/adaptive.test.ts", import.meta.url));

const seen = fileURLToPath(new URL("../.cache/adaptive-real.csv", import.meta.url));
const plot = fileURLToPath(new URL("../docs/images/adaptive-real.svg", import.meta.url));

/** Lets real players watch through networks that become slow and fast again, with a real transcoder; how they did, in a sentence. What they did at each moment is in `.cache/adaptive-real.csv`, and drawn when `isWritten`. */
export async function adaptiveReal(isWritten: boolean): Promise<string> {
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
  if (isWritten) writeFileSync(plot, realPlot(readFileSync(seen, "utf8")));
  return `Players on networks that change, 4 Mbit/s at first and at the end: ${said.join("; ")}`;
}
