import type { Directive } from "./directives.ts";
import type { AppDraft, Draft } from "./draft.ts";
import { dashAddress, hlsAddress, noEncryption, segmentsInMemory, shift, unknownSetting } from "./fixed-rules.ts";
import { walk } from "./origin.ts";
import { ladderText, maxRungs, type Rung, rungFrom } from "./rung.ts";
import { segmentLength } from "./segment-length.ts";
import { isEnabled, remarkAll, sectionRules, switchedOff } from "./srs-section.ts";
import { count, timeMs } from "./units.ts";

/** HLS or DASH. */
export function importSegments(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const isHls = directive.name === "hls";
  if (!isEnabled(directive)) {
    const text = `${isHls ? "HLS" : "DASH"} is served for every app, unless ${directive.name}.enabled is false`;
    return remarkAll(draft, "changed", directive, text);
  }
  const length = (each: Directive) => {
    for (const app of apps) segmentLength(draft, app, each, timeMs(each.args[0] ?? ""));
  };
  const window = (each: Directive) => draft.remark("changed", each, shift);
  const hls_keys = (each: Directive) => {
    if (each.args[0] === "on") draft.remark("open", each, noEncryption);
    else draft.remark("same", each, segmentsInMemory);
  };
  draft.remark("changed", directive, isHls ? hlsAddress : dashAddress);
  const lengths = { hls_fragment: length, dash_fragment: length };
  const windows = { hls_window: window, dash_timeshift: window, dash_window_size: window };
  walk(directive.inner ?? [], sectionRules(draft, { ...lengths, ...windows, hls_keys }), (each) =>
    draft.remark("same", each, segmentsInMemory),
  );
}

/** The engines of a `transcode`, as qualities of the apps that it is for. */
export function importTranscode(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  const [scope, stream] = (directive.args[0] ?? "").split("/");
  const meant = scope ? apps.filter(({ name }) => name === scope) : apps;
  const text = stream
    ? "it was for one stream, and is for all of its app: apps.NAME.ladder"
    : "it is at apps.NAME.ladder";
  draft.remark("changed", directive, text);
  const rules = sectionRules(draft, {
    engine: (each) => engine(draft, meant, each),
    ffmpeg: (each) => draft.remark("changed", each, "FFmpeg is looked for in PATH: transcoding.ffmpeg"),
  });
  walk(directive.inner ?? [], rules, (each) => remarkAll(draft, "missing", each, unknownSetting));
}

function engine(draft: Draft, apps: readonly AppDraft[], directive: Directive): void {
  if (!isEnabled(directive)) return remarkAll(draft, "same", directive, switchedOff);
  const rung = rungOf(directive);
  if (rung === undefined) return remarkAll(draft, "missing", directive, "it makes nothing that apps.NAME.ladder can");
  for (const app of apps) app.add("ladder", [rung], maxRungs, directive);
  remarkAll(draft, "changed", directive, ladderText);
}

function rungOf(directive: Directive): Rung | undefined {
  const said = (name: string) => directive.inner?.find((each) => each.name === name)?.args[0];
  const encoder = said("vcodec");
  if (encoder === "vn") return "audio";
  return rungFrom({
    name: directive.args[0],
    width: said("vwidth"),
    height: said("vheight"),
    fps: said("vfps"),
    bitrate: count(said("vbitrate"), 1_000_000),
    encoder,
    preset: said("vpreset"),
  });
}
