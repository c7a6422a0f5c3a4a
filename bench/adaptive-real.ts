import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { realPlot } from "./adaptive/real-plot.ts";

const test = fileURLToPath(new URL("../e2e/adaptive.test.ts", import.meta.url));

const names = ["ffmpeg", "flv", "ll-hls", "hls"];
const seen = (name: string) => fileURLToPath(new URL(`../.cache/adaptive-real-${name}.csv`, import.meta.url));
const plot = fileURLToPath(new URL("../docs/images/adaptive-real.svg", import.meta.url));

/**
 * Lets real players, one after another, watch through a network that becomes slow and fast again, with a real transcoder; how they did, in a sentence. What they did at each
 * moment is in `.cache/adaptive-real-*.csv`, and drawn when `isWritten`.
 */
export async function adaptiveReal(isWritten: boolean): Promise<string> {
  const said: string[] = [];
  for (const name of names) {
    const text = await watch(name);
    const words = Array.from(text.matchAll(/^# (.*(?: stood for | again after ).*)$/gm), ([, found]) => found ?? "");
    if (words.length === 0) {
      const skipped = /# SKIP (.*)$/m.exec(text.replace(/.*# SKIP .*SLUICE_E2E_ADAPTIVE.*/g, ""))?.[1];
      return `Players on networks that change were not measured: ${skipped ?? text}`;
    }
    said.push(...words);
  }
  if (isWritten) writeFileSync(plot, realPlot(names.map((name) => readFileSync(seen(name), "utf8"))));
  return `Players on networks that change, 4 Mbit/s at first and at the end: ${said.join("; ")}`;
}

async function watch(name: string): Promise<string> {
  const child = spawn(process.execPath, ["--conditions=@sluice/source", "--test", "--test-reporter=tap", test], {
    env: { ...process.env, SLUICE_E2E_ADAPTIVE: name },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes) => {
    text += bytes;
  });
  await once(child, "close");
  return text;
}
