import { bitrateText, numberText } from "../format.ts";
import type { Samples } from "../live/samples.ts";
import { Chart } from "./chart.tsx";

type Drawing = {
  readonly title: string;
  readonly format: (value: number) => string;
  readonly steps?: boolean;
  /** Series by their full names, and what they are called here. */
  readonly series: readonly (readonly [name: string, label: string])[];
};

/** What has been measured since the page was opened, ten minutes at most. */
export function StreamCharts({ samples }: { readonly samples: Samples }) {
  const named = (prefix: string) => samples.names(prefix).map((name) => [prefix + name, name] as const);
  const drawings: readonly Drawing[] = [
    {
      title: "Bitrate in",
      format: bitrateText,
      series: [["rate in", "source"], ...named("rung ")],
    },
    { title: "Bitrate out", format: bitrateText, series: [["rate out", "all viewers"]] },
    { title: "Frames per second", format: numberText, series: [["frames source", "source"]] },
    { title: "Viewers by protocol", format: numberText, steps: true, series: named("by protocol ") },
    { title: "Viewers by quality", format: numberText, steps: true, series: named("by quality ") },
    { title: "Viewers who fell behind", format: numberText, steps: true, series: [["skips", "moved forward"]] },
  ];
  return (
    <section class="card charts" aria-label="Graphs">
      {drawings
        .filter(({ series }) => series.length > 0)
        .map(({ title, format, steps = false, series }) => {
          const [times = [], ...values] = samples.data(series.map(([name]) => name));
          const drawn = series.map(([, label], index) => ({ label, values: values[index] ?? [] }));
          return (
            <Chart key={title} title={title} times={times as number[]} series={drawn} format={format} steps={steps} />
          );
        })}
    </section>
  );
}
