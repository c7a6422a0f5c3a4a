import type { Stream, StreamState, Track } from "@sluice/api";
import { useEffect, useState } from "preact/hooks";
import { bitrateText, countText, durationText, numberText } from "../format.ts";
import { addressOf } from "../route.ts";
import { Icon } from "./icon.tsx";

const thumbnailMs = 5_000;
/** Apps without thumbnails are asked seldom whether they have some now. */
const withoutMs = 60_000;
const words: Readonly<Record<StreamState, string>> = {
  waiting: "Waiting",
  live: "Live",
  held: "Interrupted",
  ended: "Ended",
};

/** One stream of the grid: what it looks like, how many watch, and whether its publisher does well. */
export function StreamCard({ stream }: { readonly stream: Stream }) {
  const { path, state, viewers, seconds, health } = stream;
  const warnings = health?.warnings.length ?? 0;
  return (
    <article class="stream">
      <Thumbnail path={path} hasVideo={stream.tracks.some(({ kind }) => kind === "video")} />
      <StateBadge state={state} />
      <div class="about">
        <h2>
          <a href={addressOf("streams", path)}>{path}</a>
        </h2>
        <p>
          {countText(viewers, "viewer", "viewers")} · {health ? bitrateText(health.bitrate) : "–"} ·{" "}
          {durationText(seconds)}
        </p>
        <p class="hint">{stream.tracks.map(trackText).join(" · ") || "nothing has come yet"}</p>
        {warnings > 0 ? <p class="warned">{countText(warnings, "warning", "warnings")}</p> : null}
      </div>
    </article>
  );
}

export function StateBadge({ state }: { readonly state: StreamState }) {
  return (
    <span class="badge" data-state={state}>
      {words[state]}
    </span>
  );
}

/** `H264 1280×720`. */
export function trackText({ kind, codec, width, height, frameRate, sampleRate, channels }: Track): string {
  const facts = [
    codec.toUpperCase(),
    width && height ? `${width}×${height}` : "",
    kind === "video" && frameRate ? `${numberText(frameRate)} fps` : "",
    kind === "audio" && sampleRate ? `${numberText(sampleRate / 1000)} kHz` : "",
    kind === "audio" && channels ? (channels === 1 ? "mono" : channels === 2 ? "stereo" : `${channels} channels`) : "",
  ];
  return facts.filter((fact) => fact !== "").join(" ");
}

function Thumbnail({ path, hasVideo }: { readonly path: string; readonly hasVideo: boolean }) {
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    const load = () => {
      const url = `/${path}.jpg?at=${Date.now()}`;
      const picture = new Image();
      const next = (shown: string | undefined, afterMs: number) => {
        if (stopped) return;
        setAddress(shown);
        timer = setTimeout(load, afterMs);
      };
      picture.onload = () => next(url, thumbnailMs);
      picture.onerror = () => next(undefined, withoutMs);
      picture.src = url;
    };
    load();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [path]);
  return (
    <div class="picture">
      {address === undefined ? <Icon name={hasVideo ? "camera" : "sound"} /> : <img src={address} alt="" />}
    </div>
  );
}
