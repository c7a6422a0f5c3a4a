import type { Stream, Track } from "@sluice/api";
import { bitrateText } from "../format.ts";
import { trackText } from "./stream-card.tsx";

/** Each picture and sound that comes in: what it is, how much of the bits it takes, and what it is for. */
export function TracksDrawing({ stream }: { readonly stream: Stream }) {
  const tracks = stream.tracks.filter(({ kind }) => kind !== "data");
  if (tracks.length === 0) return null;
  const most = Math.max(1, ...tracks.map(({ bitrate = 0 }) => bitrate));
  return (
    <section class="card">
      <h2>Tracks</h2>
      <ul class="ladder tracks" aria-label="Tracks">
        {tracks.map((track) => (
          <li key={`${track.kind} ${track.id}`}>
            <span class="rung">
              <b>{nameOf(track, tracks)}</b> <small>{factsOf(track, stream)}</small>
            </span>
            <span class="bar" aria-hidden="true">
              <span class={`now ${track.kind}`} style={{ width: `${(100 * (track.bitrate ?? 0)) / most}%` }} />
            </span>
            <span class="figures">{[rateOf(track), ...useOf(track, stream)].join(" · ")}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A number only where there are several of a kind. */
function nameOf({ kind, id, name, language }: Track, all: readonly Track[]): string {
  const isOne = all.filter((each) => each.kind === kind).length === 1;
  const own = kind === "audio" && name !== undefined && !isOne ? name : kind === "audio" ? "Sound" : "Picture";
  return [`${own}${isOne || own === name ? "" : ` ${id + 1}`}`, language].filter(Boolean).join(", ");
}

function factsOf(track: Track, { health }: Stream): string {
  const measured = track.kind === "video" && track.default ? health?.frameRate : undefined;
  const frameRate = track.frameRate ?? measured;
  return trackText(frameRate === undefined ? track : { ...track, frameRate });
}

function rateOf({ bitrate }: Track): string {
  return bitrate === undefined ? "not measured yet" : bitrateText(bitrate);
}

/** What viewers have it for. */
function useOf({ kind, id, default: isDefault }: Track, { ladder }: Stream): readonly string[] {
  const rung = kind === "video" ? ladder?.rungs.find(({ track }) => track === id) : undefined;
  return [
    ...(isDefault ? ["default"] : []),
    ...(rung ? [`rung ${rung.name}${rung.aligned === false ? ", keyframes apart" : ""}`] : []),
  ];
}
