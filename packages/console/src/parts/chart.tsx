import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { clockText } from "../format.ts";
import { useLook } from "../theme.ts";

export type ChartSeries = { readonly label: string; readonly values: readonly (number | null)[] };

type ChartProps = {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  /** Numbers of people are drawn in steps. */
  readonly steps?: boolean;
};

const height = 140;
/** Less than that is not drawn over the whole width. */
const leastSeconds = 60;

/** A graph of the last minutes. What it shows now stands under it in words, so nobody has to see it. */
export function Chart({ title, times, series, format, steps = false }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const look = useLook();
  const labels = series.map(({ label }) => label).join("\n");
  const drawn = useRef({ format, steps });
  drawn.current = { format, steps };
  useEffect(() => {
    if (!box.current) return;
    const element = box.current;
    const made = new UPlot(options(element, labels === "" ? [] : labels.split("\n"), drawn.current), [[]], element);
    plot.current = made;
    const size = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    size.observe(element);
    return () => {
      size.disconnect();
      made.destroy();
    };
  }, [labels, look]);
  useEffect(() => {
    plot.current?.setData(padded(times, series));
  });
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      <div ref={box} aria-hidden="true" />
      <ul class="legend">
        {series.map(({ label, values }, index) => (
          <li key={label}>
            <span class={`mark series-${index % 8}`} aria-hidden="true" />
            {label} <b>{shown(values.at(-1), format)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

/** One moment alone would be drawn as the beginning of a day. */
function padded(times: readonly number[], series: readonly ChartSeries[]): UPlot.AlignedData {
  const [only = 0] = times;
  if (times.length !== 1) return [[...times], ...series.map(({ values }) => [...values])];
  return [[only - leastSeconds, only], ...series.map(({ values }) => [null, ...values])];
}

function shown(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function options(
  element: HTMLElement,
  labels: readonly string[],
  { format, steps }: Required<Pick<ChartProps, "format" | "steps">>,
): UPlot.Options {
  const stroke = colour(element, "axis");
  const grid = { stroke: colour(element, "grid-line"), width: 1 };
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const stepped = UPlot.paths.stepped?.({ align: 1 });
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_, low, high) => [Math.min(low, high - leastSeconds), high] },
      y: { range: (_, _low, high) => [0, Math.max(high ?? 0, steps ? 1 : 1e-9) * 1.1] },
    },
    axes: [
      {
        stroke,
        grid: { show: false },
        ticks: { show: false },
        font,
        size: 28,
        space: 90,
        values: (_, at) => at.map((each) => clockText(each * 1000)),
      },
      {
        stroke,
        grid,
        ticks: { show: false },
        font,
        size: 76,
        space: 40,
        values: (_, at) => at.map((each) => (steps && !Number.isInteger(each) ? "" : format(each))),
      },
    ],
    series: [
      {},
      ...labels.map((label, index) => ({
        label,
        stroke: colour(element, `series-${index % 8}`),
        width: 2,
        points: { show: false },
        ...(steps && stepped ? { paths: stepped } : {}),
      })),
    ],
  };
}

/** What the style sheet says for now, of a thing that is painted. */
function colour(element: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.className = name;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
