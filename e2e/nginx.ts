import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { missing, peer, until } from "./peers.ts";

const rtmpModule = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/** Why tests with nginx-rtmp are skipped: false when it is there. */
export const withoutNginx: string | false =
  missing("nginx") || (existsSync(rtmpModule) ? false : "nginx's RTMP module not installed");

/** Debian's nginx-rtmp as a server for live streams, with one application `live`. Returns its address. */
export async function startNginx(t: TestContext, application = ""): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-nginx-"));
  const port = await freePort();
  writeFileSync(
    join(folder, "nginx.conf"),
    `load_module ${rtmpModule}; daemon off; master_process off; pid ${folder}/pid; error_log stderr;
events {}
rtmp { server { listen 127.0.0.1:${port}; application live { live on; ${application} } } }
`,
  );
  const { child, text, done } = peer("nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", "stderr"]);
  t.after(async () => {
    child.kill("SIGKILL");
    await done;
    rmSync(folder, { recursive: true, force: true });
  });
  await until(() => answers(port), `nginx listens: ${text.err}`);
  return `rtmp://127.0.0.1:${port}`;
}

/** nginx has to be told a port. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
