import type { Ladder, Stream } from "@sluice/api";
import { bitrateText, countText, numberText } from "../format.ts";

type Step = {
  readonly name: string;
  readonly size: string;
  readonly rate: number;
  readonly planned: number;
  readonly live: boolean;
  readonly viewers: number;
};

/** The qualities as steps, the source on top: how wide each is says what it takes, how full says what it takes now. */
export function LadderDrawing({ stream }: { readonly stream: Stream }) {
  const { ladder } = stream;
  if (!ladder) return null;
  const steps = stepsOf(stream, ladder);
  const most = Math.max(1, ...steps.map(({ rate, planned }) => Math.max(rate, planned)));
  return (
    <section class="card">
      <h2>Ladder</h2>
      <p class="hint">{making(ladder)}</p>
      <ol class="ladder">
        {steps.map(({ name, size, rate, planned, live, viewers }) => (
          <li key={name} class={live ? "" : "off"}>
            <span class="rung">
              <b>{name}</b> <small>{size}</small>
            </span>
            <span class="bar" aria-hidden="true">
              <span class="planned" style={{ width: `${(100 * Math.max(planned, rate)) / most}%` }} />
              <span class="now" style={{ width: `${(100 * rate) / most}%` }} />
            </span>
            <span class="figures">
              {live ? bitrateText(rate) : "not made now"} · {countText(viewers, "viewer", "viewers")}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stepsOf({ tracks, viewers, health }: Stream, { rungs, measured }: Ladder): readonly Step[] {
  const video = tracks.find(({ kind }) => kind === "video");
  const size = video?.width && video.height ? `${video.width}×${video.height}` : "";
  const rate = measured || health?.bitrate || 0;
  const onRungs = rungs.reduce((sum, rung) => sum + rung.viewers, 0);
  return [
    { name: "source", size, rate, planned: rate, live: true, viewers: Math.max(0, viewers - onRungs) },
    ...rungs.map((rung) => ({
      name: rung.name,
      size: rung.width > 0 ? `${rung.width}×${rung.height} ${rung.codec.toUpperCase()}` : "sound only",
      rate: rung.live ? rung.measured : 0,
      planned: rung.bitrate,
      live: rung.live,
      viewers: rung.viewers,
    })),
  ];
}

function making({ state, reason, engine, encoder, cores, restarts }: Ladder): string {
  const parts = [
    state ?? "planned",
    reason,
    engine && `made by ${engine}${encoder ? `, ${encoder}` : ""}`,
    cores ? `takes about ${numberText(cores)} cores` : "",
    restarts ? `started again ${countText(restarts, "time", "times")}` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}
