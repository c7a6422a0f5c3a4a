import test from "node:test";
import { httpFlv } from "../src/protocols/http-flv/index.ts";
import { rtmp } from "../src/protocols/rtmp/index.ts";
import type { RtmpSettings } from "../src/protocols/rtmp/settings.ts";
import { type TestHost, type TestHostOptions, testHost, until } from "./host.ts";
import { player, publisher } from "./peer.ts";
import { rtmpTestSettings } from "./settings.ts";
import { bodies } from "./wire-bytes.ts";

/** A server that strangers talk to over sockets, and its ports. */
export type WireServer = { readonly host: TestHost; readonly rtmp: number; readonly http: number };

export type WireOptions = TestHostOptions & { readonly rtmp?: Partial<RtmpSettings> };

/** A case of the wire's checklist: it has a server of its own, which must serve newcomers when it is over. */
export function wireCase(name: string, run: (server: WireServer) => Promise<void>, options: WireOptions = {}): void {
  test(name, async (t) => {
    const host = await testHost(options);
    t.after(() => host.close());
    let settings = { ...rtmpTestSettings, ...options.rtmp };
    await host.run((lent) => rtmp.start(lent, () => settings));
    await host.run((lent) => httpFlv.start(lent, () => ({ enabled: true })));
    const server = { host, rtmp: host.ports["rtmp.port"] ?? 0, http: host.ports["http.port"] ?? 0 };
    await run(server);
    settings = rtmpTestSettings; // newcomers are no part of the case, and may take their time
    await alive(server);
  });
}

/** A fresh publisher and a fresh viewer exchange one keyframe, and part. */
export async function alive({ rtmp: port }: WireServer): Promise<void> {
  const source = await publisher(port, "alive");
  source.send(1, [9, 0, bodies.VI], [8, 0, bodies.AF]);
  const viewer = await player(port, "alive");
  await until(() => viewer.media(9).some(({ body }) => bodies.VI.equals(body)), "the keyframe has arrived");
  source.tell(0, "deleteStream", 1);
  await viewer.status(/UnpublishNotify$/);
  source.socket.destroy();
}

/** The line that the server logged with this text, once it is there. */
export async function logged(host: TestHost, text: RegExp): Promise<TestHost["lines"][number]> {
  const find = () => host.lines.find((line) => text.test(line.text));
  await until(() => find() !== undefined, `the log says ${text.source}`);
  return find() as TestHost["lines"][number];
}
