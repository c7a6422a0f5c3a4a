import { Histogram } from "../../core/histogram.ts";

/** Puts a value with its labels, in the order in which the metric names them. */
export type Put = (value: number | Histogram, ...labels: readonly string[]) => void;

/** One figure of the server, with all its labels. What it counts is known elsewhere: it is read when somebody asks. Histograms are in milliseconds, and shown in seconds. */
export type Metric<Figures> = {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  read(figures: Figures, put: Put): void;
};

/** Prometheus' own text format (0.0.4), or OpenMetrics 1.0. */
export type Form = "text" | "openmetrics";

export const contentTypes: Readonly<Record<Form, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** The form that an `Accept` header asks for. */
export function formFor(accept: string | undefined): Form {
  return /\bapplication\/openmetrics-text\b/.test(accept ?? "") ? "openmetrics" : "text";
}

/** All metrics as text. */
export function expose<Figures>(metrics: readonly Metric<Figures>[], figures: Figures, form: Form): string {
  const lines = metrics.flatMap((metric) => family(metric, figures, form));
  if (form === "openmetrics") lines.push("# EOF");
  return `${lines.join("\n")}\n`;
}

function family<Figures>({ name, kind, help, labels, read }: Metric<Figures>, figures: Figures, form: Form): string[] {
  const samples: string[] = [];
  read(figures, (value, ...values) => {
    const pairs = labels.map((label, index) => `${label}="${escaped(values[index] ?? "")}"`);
    if (value instanceof Histogram) samples.push(...histogram(name, value, pairs, form));
    else samples.push(sample(name, pairs, value));
  });
  if (samples.length === 0) return samples;
  // OpenMetrics names a counter without what its samples end in.
  const known = form === "openmetrics" && kind === "counter" ? name.replace(/_total$/, "") : name;
  return [`# HELP ${known} ${help.replaceAll("\\", "\\\\")}`, `# TYPE ${known} ${kind}`, ...samples];
}

/** Its counts are those of one range each; Prometheus wants them added up. */
function histogram(
  name: string,
  { bounds, counts, sum }: Histogram,
  labels: readonly string[],
  form: Form,
): readonly string[] {
  let total = 0;
  const buckets = Array.from(counts, (count, range) => {
    total += count;
    return sample(`${name}_bucket`, [...labels, `le="${boundText(bounds[range], form)}"`], total);
  });
  return [...buckets, sample(`${name}_sum`, labels, sum / 1000), sample(`${name}_count`, labels, total)];
}

/** OpenMetrics writes bounds as floats, whole or not. */
function boundText(boundMs: number | undefined, form: Form): string {
  if (boundMs === undefined) return "+Inf";
  const text = String(boundMs / 1000);
  return form === "openmetrics" && /^\d+$/.test(text) ? `${text}.0` : text;
}

function sample(name: string, labels: readonly string[], value: number): string {
  return `${name}${labels.length === 0 ? "" : `{${labels.join(",")}}`} ${valueText(value)}`;
}

function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\"\n]/g, (each) => (each === "\n" ? "\\n" : `\\${each}`));
}
