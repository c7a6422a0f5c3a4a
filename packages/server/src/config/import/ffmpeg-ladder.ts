import { type Rung, rungFrom } from "./rung.ts";
import { kilobits } from "./units.ts";

type Output = { readonly options: ReadonlyMap<string, string>; readonly target: string };

/** These stand alone; every other option of FFmpeg has a value behind it. */
const flags = new Set(
  "an vn sn dn re y n nostdin stats nostats hide_banner copyts start_at_zero shortest autorotate accurate_seek ignore_unknown".split(
    " ",
  ),
);
const shells = new Set(["sh", "bash", "dash", "ash"]);
const namedSizes: Readonly<Record<string, string>> = {
  hd480: "852x480",
  hd720: "1280x720",
  hd1080: "1920x1080",
  vga: "640x480",
  qvga: "320x240",
};

/** The qualities that a command line of FFmpeg makes of a stream; undefined where it is another program's, or makes none. */
export function ladderOf(words: readonly string[]): readonly Rung[] | undefined {
  const command = commandOf(words);
  const start = command.findIndex((word) => /^(?:.*\/)?(?:ffmpeg|avconv)(?:\.exe)?$/.test(word));
  if (start < 0) return undefined;
  const rungs = outputsOf(command.slice(start + 1))
    .map(rungOf)
    .filter((rung) => rung !== undefined);
  return rungs.length > 0 ? rungs : undefined;
}

/** What a shell is given is one word, and a command line in itself. */
function commandOf(words: readonly string[]): readonly string[] {
  const program = words[0]?.replace(/^.*\//, "") ?? "";
  if (!shells.has(program)) return words;
  const given = words.find((word) => /\s/.test(word)) ?? "";
  return Array.from(
    given.matchAll(/"([^"]*)"|'([^']*)'|([^\s"']+)/g),
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

function outputsOf(words: readonly string[]): readonly Output[] {
  const outputs: Output[] = [];
  const end = words.findIndex((word) => /^(?:\||;|&|>|2>)/.test(word)); // what follows is the shell's
  const left = words.slice(0, end < 0 ? words.length : end).reverse();
  let options = new Map<string, string>();
  for (let word = left.pop(); word !== undefined; word = left.pop()) {
    if (!/^-./.test(word)) {
      if (/^[a-z]+:/.test(word)) outputs.push({ options, target: word });
      options = new Map();
      continue;
    }
    const name = word.slice(1);
    const value = flags.has(name) ? "" : (left.pop() ?? "");
    if (name === "i")
      options = new Map(); // those before are the input's
    else options.set(name, value);
  }
  return outputs;
}

function rungOf({ options, target }: Output): Rung | undefined {
  const first = (...names: readonly string[]) =>
    names.map((name) => options.get(name)).find((each) => each !== undefined);
  const encoder = first("c:v", "vcodec", "codec:v", "c:v:0");
  if (options.has("vn")) return "audio";
  if (encoder === "copy" || (encoder === undefined && first("c", "codec") === "copy")) return undefined;
  const [width, height] = sizeOf(first("s", "s:v"), first("vf", "filter:v", "filter_complex"));
  return rungFrom({
    name: nameIn(target),
    width,
    height,
    fps: first("r", "r:v"),
    bitrate: kilobits(first("b:v", "vb", "b", "b:v:0") ?? ""),
    encoder,
    preset: first("preset", "preset:v", "vpreset"),
  });
}

/** Of `rtmp://localhost/hls/$name_low`: `low`. */
function nameIn(target: string): string | undefined {
  return /\$(?:\{name\}|name)[_-]([A-Za-z0-9_.-]+)$/.exec(target)?.[1];
}

/** Width and height; what FFmpeg is to find out itself is left out later. */
function sizeOf(size: string = "", filter: string = ""): readonly (string | undefined)[] {
  const known = Object.hasOwn(namedSizes, size) ? namedSizes[size] : size;
  const [, width, height] = /^(\d+)x(\d+)$/.exec(known ?? "") ?? scale(filter);
  return [width, height];
}

function scale(filter: string): readonly (string | undefined)[] {
  const [, given = ""] = /scale(?:_npp|_cuda|_vaapi|_qsv)?=([^,;[\]]*)/.exec(filter) ?? [];
  const parts = given.replaceAll(/["']/g, "").split(":");
  const byName = (name: string) => parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
  return [undefined, byName("w") ?? parts[0], byName("h") ?? parts[1]];
}
