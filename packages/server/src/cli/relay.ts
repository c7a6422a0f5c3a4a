import { withApi } from "./api-client.ts";
import { say } from "./output.ts";
import { table } from "./table.ts";

/** What `sluice push start` is given besides the stream and the address. */
export type PushOptions = {
  readonly key?: boolean;
  readonly rendition?: string;
  readonly private?: boolean;
  readonly anyCertificate?: boolean;
  readonly anyCodec?: boolean;
};

const columns = ["id", "stream", "target", "state", "bytes", "restarts", "runningSince", "reason"] as const;

/** `sluice push list`. */
export function listPushes(file: string): Promise<number> {
  return withApi(file, async (api) => say(table((await api("GET /pushes")).items, columns)));
}

/** `sluice pulls`. */
export function listPulls(file: string): Promise<number> {
  return withApi(file, async (api) => say(table((await api("GET /pulls")).items, columns)));
}

/** `sluice push start`: the key comes over standard input, since everybody on the machine sees what a command is given. */
export function startPush(file: string, stream: string, url: string, options: PushOptions): Promise<number> {
  return withApi(file, async (api) => {
    const { key, ...more } = options;
    const shown = key ? { key: await firstLine() } : {};
    const { id, target } = await api("POST /pushes", { body: { stream, url, ...shown, ...more } });
    say(`push ${id}: ${stream} goes to ${target}`);
  });
}

/** `sluice push stop`. */
export function stopPush(file: string, id: string): Promise<number> {
  return withApi(file, async (api) => {
    await api("DELETE /pushes/{id}", { path: { id } });
    say(`push ${id} ends`);
  });
}

async function firstLine(): Promise<string> {
  let text = "";
  for await (const piece of process.stdin) text += String(piece);
  return text.trim();
}
