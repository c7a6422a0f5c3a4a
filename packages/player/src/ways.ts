/** The ways in which a stream can be played, the one with the least delay first. */
export const allWays = ["flv", "ws-flv", "ll-hls", "dash", "hls", "native"] as const;

/** A way to play a stream: FLV over HTTP or WebSocket, low-latency HLS, DASH, HLS, or what the browser itself makes of HLS. */
export type Way = (typeof allWays)[number];

/** What this browser can do: Media Source Extensions (or the managed kind of iPhones), and HLS by itself. */
export type Abilities = { readonly mediaSource: boolean; readonly nativeHls: boolean };

/** A way that may work, and its address. */
export type Candidate = { readonly way: Way; readonly url: string };

const byEnding: readonly (readonly [RegExp, readonly Way[]])[] = [
  [/\.flv$/, ["flv", "ws-flv"]],
  [/\.m3u8$/, ["ll-hls", "native"]],
  [/\.mpd$/, ["dash"]],
];

/** The ways worth trying for an address, in order. `src` is a stream's page, or one file of media; `prefer` names the only ways that count, best first. */
export function waysFor(src: URL, prefer: string | null, abilities: Abilities): Candidate[] {
  const file = byEnding.find(([ending]) => ending.test(src.pathname));
  const known: readonly Way[] = file ? file[1] : allWays;
  const wanted = parsePrefer(prefer) ?? known;
  return wanted
    .filter((way) => known.includes(way) || (file !== undefined && way === "hls" && known.includes("ll-hls")))
    .filter((way) => (way === "native" ? abilities.nativeHls : abilities.mediaSource))
    .map((way) => ({ way, url: file ? scheme(src, way).href : mediaAddress(src, way) }));
}

/** Whether an address is a stream's page, from which the media's addresses follow. */
export function isStreamPage(src: URL): boolean {
  return !byEnding.some(([ending]) => ending.test(src.pathname));
}

/** Where a way's media is, for the page of a stream; what the page was asked with is handed on. */
export function mediaAddress(page: URL, way: Way): string {
  const url = scheme(page, way);
  url.pathname = `${page.pathname.replace(/\/+$/, "")}${endings[way]}`;
  url.hash = "";
  if (way === "hls") url.searchParams.set("ll", "0");
  return url.href;
}

const endings: Readonly<Record<Way, string>> = {
  flv: ".flv",
  "ws-flv": ".flv",
  "ll-hls": ".m3u8",
  dash: ".mpd",
  hls: ".m3u8",
  native: ".m3u8",
};

function scheme(from: URL, way: Way): URL {
  return new URL(way === "ws-flv" ? from.href.replace(/^http/, "ws") : from.href);
}

/** What is not a way is passed over; none at all means that everything is wanted. */
function parsePrefer(prefer: string | null): Way[] | undefined {
  const named = (prefer ?? "").split(/[\s,]+/);
  const ways = [...new Set(named)].filter((name): name is Way => (allWays as readonly string[]).includes(name));
  return ways.length > 0 ? ways : undefined;
}
