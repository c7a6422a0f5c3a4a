import { bitrateText, millisecondsText, numberText } from "../format.ts";
import type { Samples } from "../live/samples.ts";
import { Chart } from "./chart.tsx";

type Drawing = {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly least?: number;
  readonly steps?: boolean;
  readonly hint?: string;
  /** Series by their full names, and what they are called here. */
  readonly series: readonly (readonly [name: string, label: string])[];
};

/** What has been measured since the page was opened, ten minutes at most. */
export function StreamCharts({ samples }: { readonly samples: Samples }) {
  return (
    <section class="card charts" aria-label="Graphs">
      {drawings(samples)
        .filter(({ series }) => series.length > 0)
        .map(({ series, ...drawing }) => {
          const [times = [], ...values] = samples.data(series.map(([name]) => name));
          const drawn = series.map(([, label], index) => ({ label, values: values[index] ?? [] }));
          return <Chart key={drawing.title} {...drawing} times={times as number[]} series={drawn} />;
        })}
    </section>
  );
}

function drawings(samples: Samples): readonly Drawing[] {
  const named = (prefix: string) => samples.names(prefix).map((name) => [prefix + name, name] as const);
  const of = (prefix: string) => named(prefix).map(([name, label]) => [name, `${label}, 99 of 100`] as const);
  const isMeasured = samples.latest("age half") !== undefined;
  return [
    { title: "Bitrate in", format: bitrateText, least: 10_000, series: [["rate in", "source"], ...named("rung ")] },
    { title: "Bitrate out", format: bitrateText, least: 10_000, series: [["rate out", "all viewers"]] },
    { title: "Frames per second", format: numberText, series: [["frames source", "source"]] },
    {
      title: "Frame age",
      format: millisecondsText,
      hint: isMeasured
        ? "From when the server has a frame until viewers over RTMP, FLV and TS are given it."
        : "Measured while somebody watches the source over RTMP, FLV or TS.",
      series: [["age half", "half of all"], ["age most", "99 of 100"], ...of("age of ")],
    },
    { title: "Viewers by protocol", format: numberText, steps: true, series: named("by protocol ") },
    { title: "Viewers by quality", format: numberText, steps: true, series: named("by quality ") },
    {
      title: "Drops",
      format: (value) => `${numberText(value)}×`,
      steps: true,
      series: [
        ["drops moved", "viewers moved forward"],
        ...(samples.names("drops made").length > 0 ? [["drops made", "groups of pictures left out"] as const] : []),
      ],
    },
  ];
}
