import type { Health, Stream } from "@sluice/api";
import { bitrateText, bytesText, durationText, millisecondsText, numberText, percentText } from "../format.ts";
import { Facts } from "./facts.tsx";

/** How the publisher does: in words what viewers will notice, and the figures behind. */
export function HealthBox({ stream }: { readonly stream: Stream }) {
  const { health, bytesIn, seconds, viewers } = stream;
  const facts: readonly (readonly [string, string])[] = [
    ["Live for", `${durationText(seconds)}, ${bytesText(bytesIn)}`],
    ["Viewers", numberText(viewers)],
    ...(health ? healthFacts(health) : []),
  ];
  return (
    <section class="card">
      <h2>Publisher</h2>
      {health?.warnings.length ? (
        <ul class="warnings">
          {health.warnings.map(({ code, text }) => (
            <li key={code}>{text}</li>
          ))}
        </ul>
      ) : health ? (
        <p class="good">All is well.</p>
      ) : null}
      <Facts facts={facts} />
    </section>
  );
}

function healthFacts(health: Health): (readonly [string, string])[] {
  const { videoBitrate, audioBitrate, frameRate, keyframeMs, longestKeyframeMs, driftMs, jitterMs, pace, encoder } =
    health;
  const known: [string, string | undefined][] = [
    ["Picture", videoBitrate > 0 ? bitrateText(videoBitrate) : undefined],
    ["Sound", audioBitrate > 0 ? bitrateText(audioBitrate) : undefined],
    ["Frames", frameRate === undefined ? undefined : `${numberText(frameRate)} per second`],
    [
      "Keyframes",
      keyframeMs === undefined
        ? undefined
        : `every ${millisecondsText(keyframeMs)}, at most ${millisecondsText(longestKeyframeMs ?? keyframeMs)}`,
    ],
    ["Sound ahead", driftMs === undefined ? undefined : millisecondsText(driftMs)],
    ["Jitter", jitterMs === undefined ? undefined : millisecondsText(jitterMs)],
    ["Pace", pace === undefined ? undefined : percentText(pace)],
    ["Encoder", encoder],
  ];
  return known.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}
