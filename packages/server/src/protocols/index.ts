import type { Host, Protocol, Running } from "../protocol.ts";
import { dash } from "./dash/index.ts";
import { hls } from "./hls/index.ts";
import { httpFlv } from "./http-flv/index.ts";
import { httpTs } from "./http-ts/index.ts";
import { rtmp } from "./rtmp/index.ts";
import { thumbnails } from "./thumbnails/index.ts";

/** Every protocol that this server speaks, by the name of its configuration section. To add one: its folder, and its line here. */
export const protocols = { rtmp, httpFlv, httpTs, hls, dash, thumbnails } as const;

type Sections = { readonly [Name in keyof typeof protocols]: (typeof protocols)[Name]["config"] };

/** The protocols' sections of the configuration. */
export const protocolSections = Object.fromEntries(
  Object.entries(protocols).map(([name, { config }]) => [name, config]),
) as Sections;

/** Starts them one after the other; each that runs is put into `running`, so that it can be closed when a later one cannot start. */
export async function startProtocols(
  host: Host,
  settings: () => Record<string, unknown>,
  running: Running[],
): Promise<void> {
  for (const [name, protocol] of Object.entries<Protocol>(protocols)) {
    running.push(await protocol.start(host, () => (settings()[name] ?? {}) as Record<string, unknown>));
  }
}

/** The protocol that answers to a scheme of addresses. */
export function protocolFor(scheme: string): Protocol | undefined {
  return Object.values<Protocol>(protocols).find(({ schemes }) => schemes.includes(scheme));
}
