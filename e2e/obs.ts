import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { peer, words } from "./peers.ts";

const ini = (sections: Record<string, Record<string, string | number | boolean>>) =>
  Object.entries(sections)
    .map(([name, keys]) => [`[${name}]`, ...Object.entries(keys).map(([key, value]) => `${key}=${value}`)].join("\n"))
    .join("\n");

/** OBS Studio without a screen: streams a coloured picture of 640 × 360 at 30 frames a second and silence for some seconds. `folder` becomes its home. */
export function obs(folder: string, server: string, key: string, seconds: number) {
  const settings = join(folder, ".config", "obs-studio");
  const profile = join(settings, "basic", "profiles", "P");
  const scenes = join(settings, "basic", "scenes");
  mkdirSync(profile, { recursive: true });
  mkdirSync(scenes, { recursive: true });
  writeFileSync(
    join(settings, "global.ini"),
    ini({
      General: { FirstRun: true, LastVersion: 486539266, EnableAutoUpdates: false },
      Basic: { Profile: "P", ProfileDir: "P", SceneCollection: "S", SceneCollectionFile: "S" },
      Video: { Renderer: "OpenGL" },
    }),
  );
  writeFileSync(
    join(profile, "basic.ini"),
    ini({
      General: { Name: "P" },
      Output: { Mode: "Simple" },
      SimpleOutput: { VBitrate: 1000, ABitrate: 128, StreamEncoder: "x264", Preset: "ultrafast" },
      Video: { BaseCX: 640, BaseCY: 360, OutputCX: 640, OutputCY: 360, FPSCommon: 30 },
      Audio: { SampleRate: 48000 },
    }),
  );
  writeFileSync(
    join(profile, "service.json"),
    JSON.stringify({ type: "rtmp_custom", settings: { server, key, bwtest: false, use_auth: false } }),
  );
  writeFileSync(join(scenes, "S.json"), JSON.stringify(scene));
  const env = { HOME: folder, XDG_CONFIG_HOME: join(folder, ".config"), XDG_RUNTIME_DIR: folder };
  const program = `obs --startstreaming --multi --minimize-to-tray --disable-updater --profile P --collection S --scene Scene`;
  // The limit is inside, so that the screen goes when OBS has gone.
  return peer("xvfb-run", ["-a", "-s", "-screen 0 1024x768x24", ...words(`timeout -s KILL ${seconds} ${program}`)], {
    env: { ...env, QT_QPA_PLATFORM: "xcb", LIBGL_ALWAYS_SOFTWARE: "1" },
  });
}

const colour = { color: 4278233600, width: 640, height: 360 };
const scene = {
  name: "S",
  current_scene: "Scene",
  current_program_scene: "Scene",
  scene_order: [{ name: "Scene" }],
  sources: [
    { id: "color_source", name: "C", settings: colour, versioned_id: "color_source_v3" },
    {
      id: "scene",
      name: "Scene",
      versioned_id: "scene",
      settings: {
        id_counter: 1,
        items: [{ name: "C", id: 1, visible: true, pos: { x: 0, y: 0 }, scale: { x: 1, y: 1 } }],
      },
    },
  ],
};
