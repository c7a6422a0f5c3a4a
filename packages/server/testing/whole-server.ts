import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type App, startApp } from "../src/app.ts";
import { loadConfig } from "../src/config/load.ts";
import { secretsIn } from "../src/config/secrets.ts";
import { openLog } from "../src/logger.ts";

export type WholeServer = {
  readonly app: App;
  readonly rtmp: number;
  readonly http: number;
  readonly file: string;
  /** Every line that it logged. */
  readonly lines: readonly string[];
  /** Takes another configuration, as if its file had changed. */
  reload(text: string): Promise<void>;
};

const plainRtmp = "rtmp: { host: 127.0.0.1, port: 0, secureEnabled: false }";
const others = `
http: { host: 127.0.0.1, port: 0, securePort: 0 }
log: { level: debug, format: json }
`;

/** The whole program in this process, with this configuration, in a folder of its own. */
export async function wholeServer(t: TestContext, text: string, rtmp = plainRtmp): Promise<WholeServer> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-whole-"));
  const file = join(folder, "sluice.yaml");
  const lines: string[] = [];
  const log = openLog({ level: "debug", format: "json" }, { terminal: false, write: (line) => void lines.push(line) });
  const load = async (wanted: string) => {
    await writeFile(file, `${wanted}\n${rtmp}${others}`);
    const { config } = await loadConfig(file, {});
    log.configure(config.log, secretsIn(config));
    return config;
  };
  const app = await startApp(await load(text), log, file);
  t.after(async () => {
    await app.close("the test is over");
    await rm(folder, { recursive: true, force: true });
  });
  return {
    app,
    rtmp: app.ports["rtmp.port"] ?? 0,
    http: app.ports["http.port"] ?? 0,
    file,
    lines,
    reload: async (wanted) => void app.reload(await load(wanted)),
  };
}
