/** One line of what /metrics says. */
export type Sample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** A figure with everything that was said of it. */
export type Family = {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
  readonly samples: readonly Sample[];
};

const nameForm = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const line = new RegExp(
  `^(${nameForm})(?:\\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*",?)*)\\})? (\\S+)$`,
);
const pair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const endings: Readonly<Record<string, readonly string[]>> = {
  counter: ["", "_total"],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
};

/** Reads Prometheus' text format, or OpenMetrics, strictly: what is not in its place is an error. */
export function readExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const reading: Reading = { families: new Map(), seen: new Set(), current: undefined, help: undefined };
  for (const each of text.slice(0, -1).split("\n")) {
    if (each === "# EOF") continue;
    if (each.startsWith("#")) describe(reading, each);
    else add(reading, each);
  }
  for (const family of reading.families.values()) if (family.kind === "histogram") checkHistogram(family);
  return reading.families;
}

type Filling = Family & { readonly samples: Sample[] };
type Reading = {
  readonly families: Map<string, Filling>;
  readonly seen: Set<string>;
  current: Filling | undefined;
  help: { readonly name: string; readonly text: string } | undefined;
};

/** What a figure is called and means comes first, then of what kind it is. */
function describe(reading: Reading, text: string): void {
  const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(text) ?? [];
  if (word === "HELP") reading.help = { name, text: rest };
  if (word !== "TYPE") return;
  if (reading.help?.name !== name) throw new Error(`${name} has no help before its type`);
  if (reading.families.has(name)) throw new Error(`${name} is there twice`);
  reading.current = { name, kind: rest, help: reading.help.text, samples: [] };
  reading.families.set(name, reading.current);
}

function add({ current, seen }: Reading, text: string): void {
  const sample = readSample(text);
  const ending = sample.name.slice(current?.name.length ?? 0);
  if (!current || !sample.name.startsWith(current.name) || !endings[current.kind]?.includes(ending))
    throw new Error(`${text} does not belong to ${current?.name}`);
  const key = text.slice(0, text.lastIndexOf(" "));
  if (seen.has(key)) throw new Error(`${key} is there twice`);
  seen.add(key);
  current.samples.push(sample);
}

/** The one value with these labels, undefined when there is none. */
export function figure(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = [...families.values()]
    .flatMap(({ samples }) => samples)
    .filter((each) => each.name === name && Object.entries(labels).every(([key, value]) => each.labels[key] === value));
  if (found.length > 1) throw new Error(`${name} with ${JSON.stringify(labels)} is several`);
  return found[0]?.value;
}

function readSample(text: string): Sample {
  const [, name = "", labels = "", value = ""] = line.exec(text) ?? [];
  const number = value === "+Inf" ? Number.POSITIVE_INFINITY : Number(value);
  if (name === "" || Number.isNaN(number)) throw new Error(`${text} is no sample`);
  const named = Array.from(labels.matchAll(pair), ([, label = "", quoted = ""]) => [label, unescaped(quoted)] as const);
  if (new Set(named.map(([label]) => label)).size !== named.length) throw new Error(`${text} has a label twice`);
  return { name, labels: Object.fromEntries(named), value: number };
}

/** Its counts never go down, and the last of them is the number of all. */
function checkHistogram({ name, samples }: Family): void {
  const counts = new Map<string, number[]>();
  for (const { name: own, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    const known = counts.get(key) ?? [];
    counts.set(key, known);
    if (own === `${name}_bucket` && value < (known.at(-1) ?? 0)) throw new Error(`${name} goes down at ${le}`);
    if (own === `${name}_bucket`) known.push(value);
    if (own === `${name}_bucket` && le === undefined) throw new Error(`${name} has no bound`);
    if (own === `${name}_count` && value !== known.at(-1)) throw new Error(`${name} does not add up`);
  }
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, (_, each: string) => (each === "n" ? "\n" : each));
}
