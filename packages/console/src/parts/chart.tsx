import { useEffect, useRef, useState } from "preact/hooks";
import UPlot from "uplot";
import { clockText, durationText } from "../format.ts";
import { useLook } from "../theme.ts";

export type ChartSeries = { readonly label: string; readonly values: readonly (number | null)[] };

type ChartProps = {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly series: readonly ChartSeries[];
  readonly format: (value: number) => string;
  /** The axis reaches so far at least: what is next to nothing is not drawn as a mountain. */
  readonly least?: number;
  /** Numbers of people are drawn in steps. */
  readonly steps?: boolean;
  /** What is good to know of it. */
  readonly hint?: string;
};

type Drawn = Required<Pick<ChartProps, "format" | "steps" | "least">> & {
  /** Somebody points at a moment, or no more. */
  readonly onPoint: (index: number | undefined) => void;
};

const height = 140;
/** Less than that is not drawn over the whole width. */
const leastSeconds = 60;
/** A time further left would stand in the values of the other axis. */
const roomLeft = 34;

/** A graph of the last minutes. What it shows now stands under it in words, so nobody has to see it; who points at a moment reads what was then. */
export function Chart({ title, times, series, format, least = 1, steps = false, hint }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | undefined>(undefined);
  const [pointed, setPointed] = useState<number>();
  const look = useLook();
  const labels = series.map(({ label }) => label).join("\n");
  const drawn = useRef<Drawn>({ format, steps, least, onPoint: setPointed });
  drawn.current = { format, steps, least, onPoint: setPointed };
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
  // A graph of one moment is drawn with one more before it.
  const index = pointed === undefined || times.length === 1 ? times.length - 1 : pointed;
  const at = times[index];
  return (
    <figure class="chart">
      <figcaption>
        {title}
        {pointed !== undefined && at !== undefined ? <time>{clockText(at * 1000)}</time> : null}
      </figcaption>
      <div ref={box} aria-hidden="true" />
      <ul class="legend">
        {series.map(({ label, values }, place) => (
          <li key={label}>
            <span class={`mark series-${place % 8}`} aria-hidden="true" />
            {label} <b>{shown(values[index], format)}</b>
            <span class="unseen">{spread(times, values, format)}</span>
          </li>
        ))}
      </ul>
      {hint === undefined ? null : <p class="hint">{hint}</p>}
    </figure>
  );
}

/** What who sees the line sees: how far it went up and down. */
function spread(
  times: readonly number[],
  values: readonly (number | null)[],
  format: (value: number) => string,
): string {
  const known = values.filter((value) => value !== null);
  if (known.length < 2) return "";
  const seconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return `, from ${format(Math.min(...known))} to ${format(Math.max(...known))} in the last ${durationText(seconds)}`;
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
  { format, steps, least, onPoint }: Drawn,
): UPlot.Options {
  const stroke = colour(element, "axis");
  const grid = { stroke: colour(element, "grid-line"), width: 1 };
  const font = `12px ${getComputedStyle(element).fontFamily}`;
  const stepped = UPlot.paths.stepped?.({ align: 1 });
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? undefined)] },
    scales: {
      x: { range: (_, low, high) => [Math.min(low, high - leastSeconds), high] },
      y: { range: (_, _low, high) => [0, Math.max(high ?? 0, least) * 1.1] },
    },
    axes: [
      {
        stroke,
        grid: { show: false },
        ticks: { show: false },
        font,
        size: 28,
        space: 90,
        values: (plot, at) => at.map((each) => (plot.valToPos(each, "x") < roomLeft ? "" : clockText(each * 1000))),
      },
      {
        stroke,
        grid,
        ticks: { show: false },
        font,
        size: 76,
        space: 28,
        values: (_, at) => withoutRepeats(at.map((each) => (steps && !Number.isInteger(each) ? "" : format(each)))),
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

/** Values so close that they read the same are written once. */
function withoutRepeats(texts: readonly string[]): string[] {
  return texts.map((text, at) => (text === texts[at - 1] ? "" : text));
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
