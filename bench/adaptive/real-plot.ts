import { style } from "./plot.ts";

/** One look at a player: seconds, what its network carries, its place in the stream and the height of its picture. */
type Look = {
  readonly at: number;
  readonly network: number;
  readonly place: number | undefined;
  readonly height: number;
};

/** So much is shown of the time before the network becomes slow, in seconds. */
const before = 5;

const [width, left, right] = [900, 130, 880];
const networkTop = 60;
const networkBottom = 130;
const band = 78;
const mostBitrate = 4_500_000;
/** A player that moved by less than this share of the time that went by stood still. */
const standing = 0.25;
const spanSeconds = 1;

/** What real players showed on networks that changed: the height of each one's picture, and below when it stood still. `csvs`: one player's each, as `adaptive-real` writes them. */
export function realPlot(csvs: readonly string[]): string {
  const runs = csvs.map(run);
  const lastAt = Math.max(1, ...runs.map(({ looks }) => looks.at(-1)?.at ?? 1));
  const x = (at: number) => round(left + ((right - left) * at) / lastAt);
  const highest = Math.max(1, ...runs.flatMap(({ looks }) => looks.map(({ height }) => height)));
  const body = [
    '<text class="title" x="20" y="30">Real players: the network, and the height of the picture that each showed</text>',
    network(runs[0]?.looks ?? [], x),
    ...runs.map(({ name, looks }, index) => player(name, index, looks, x, highest)),
    seconds(lastAt, x, networkBottom + runs.length * band + 34),
  ];
  const height = networkBottom + runs.length * band + 50;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Real players on networks that change">
${style}
<rect class="ground" width="${width}" height="${height}"/>
${body.join("\n")}
</svg>
`;
}

/** A player's name and looks; time begins shortly before its network becomes slow. */
function run(csv: string): { readonly name: string; readonly looks: readonly Look[] } {
  const [head = [], ...rows] = csv
    .trim()
    .split("\n")
    .map((line) => line.slice(1, -1).split('","'));
  const name = head.find((cell) => cell.endsWith(": place"))?.slice(0, -": place".length) ?? "";
  const looks = rows.map(([at, carried, place = "", height = ""]) => ({
    ...{ at: Number(at), network: Number(carried), height: Number(height) },
    place: place === "" ? undefined : Number(place),
  }));
  const slow = looks.find(({ network: carried }) => carried < (looks[0]?.network ?? 0))?.at ?? 0;
  return {
    name,
    looks: looks.map((look) => ({ ...look, at: look.at - slow + before })).filter(({ at }) => at >= 0),
  };
}

function network(looks: readonly Look[], x: (at: number) => number): string {
  const y = (bitrate: number) =>
    round(networkBottom - ((networkBottom - networkTop) * Math.min(bitrate, mostBitrate)) / mostBitrate);
  let path = `M${left} ${networkBottom}`;
  let drawn = networkBottom;
  const labels: string[] = [];
  for (const { at, network: carried } of looks) {
    if (y(carried) === drawn) continue;
    path += `L${x(at)} ${drawn}V${y(carried)}`;
    drawn = y(carried);
    const said = carried >= 1_000_000 ? `${carried / 1_000_000} Mbit/s` : `${carried / 1_000} kbit/s`;
    labels.push(`<text x="${x(at) + 4}" y="${y(carried) - 5}">${said}</text>`);
  }
  return `<text class="end" x="${left - 8}" y="${networkBottom}">network</text><path class="path" d="${path}H${right}V${networkBottom}Z"/>${labels.join("")}`;
}

function player(
  name: string,
  index: number,
  looks: readonly Look[],
  x: (at: number) => number,
  highest: number,
): string {
  const bottom = networkBottom + (index + 1) * band;
  const y = (height: number) => round(bottom - 14 - ((band - 34) * height) / highest);
  let path = "";
  let drawn = Number.NaN;
  for (const { at, height } of looks) {
    if (height === drawn) continue;
    path += path === "" ? `M${x(at)} ${y(height)}` : `H${x(at)}V${y(height)}`;
    drawn = height;
  }
  const stood = stands(looks).map(
    ([from, to]) =>
      `<rect class="stalled" x="${x(from)}" y="${bottom - 10}" width="${Math.max(1, round(x(to) - x(from)))}" height="8"/>`,
  );
  return `<text class="end" x="${left - 8}" y="${bottom - 24}">${name}</text><path class="grid" d="M${left} ${bottom - 14}H${right}"/><path class="course p0" d="${path}H${right}"/>${stood.join("")}`;
}

/** When it stood still, by its place now and a second before. */
function stands(looks: readonly Look[]): [number, number][] {
  const found: [number, number][] = [];
  let first = 0;
  for (const { at, place: now } of looks) {
    while ((looks[first]?.at ?? at) < at - spanSeconds) first++;
    const then = looks[first]?.place;
    const passed = at - (looks[first]?.at ?? at);
    if (now === undefined || then === undefined || passed < spanSeconds / 2 || now - then >= passed * standing)
      continue;
    const last = found.at(-1);
    if (last && at - last[1] < spanSeconds) last[1] = at;
    else found.push([at - passed, at]);
  }
  return found;
}

function seconds(lastAt: number, x: (at: number) => number, y: number): string {
  const marks = Array.from({ length: Math.floor(lastAt / 10) + 1 }, (_, index) => index * 10);
  return marks.map((at) => `<text class="mid" x="${x(at)}" y="${y}">${at} s</text>`).join("");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
