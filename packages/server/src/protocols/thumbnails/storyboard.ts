import type { Picture } from "../../core/pictures.ts";
import type { Stream } from "../../core/stream.ts";

/** WebVTT whose cues name pictures instead of holding text, as players take it for previews (WebVTT, 4.1). Times are the stream's. */
export function storyboard({ pictures, log }: Stream, uri: (picture: Picture) => string): string {
  const { all } = pictures;
  const cues = all.map((picture, index) => {
    const endUs = all[index + 1]?.timeUs ?? Math.max(log.headUs, picture.timeUs + 1_000_000);
    return `${clock(picture.timeUs)} --> ${clock(endUs)}\n${uri(picture)}\n`;
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

/** Hours, minutes, seconds and milliseconds (WebVTT, 4.3). */
function clock(us: number): string {
  const ms = Math.round(us / 1000);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
}
