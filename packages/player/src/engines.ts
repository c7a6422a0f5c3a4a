import type { Attach } from "./engine.ts";
import type { Way } from "./ways.ts";

type EngineModule = { readonly attach: Attach };

const loaders: Readonly<Record<Way, () => Promise<EngineModule>>> = {
  flv: () => import("./engines/flv.ts"),
  "ws-flv": () => import("./engines/flv.ts"),
  "ll-hls": () => import("./engines/hls.ts"),
  hls: () => import("./engines/hls.ts"),
  dash: () => import("./engines/dash.ts"),
  native: () => import("./engines/native.ts"),
};

/** Loads what plays a way, when it is first needed: a page pays only for what it plays. */
export async function loadEngine(way: Way): Promise<Attach> {
  return (await loaders[way]()).attach;
}
