import { bitrate } from "./format.ts";
import type { Parts } from "./skin.ts";
import type { Stats } from "./stats.ts";
import type { Words } from "./words.ts";

type Row = readonly [name: string | readonly string[], value: string];

/** The panel over the picture: what is being played, or what the keys do. */
export class Panel {
  kind: "facts" | "keys" | undefined;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  toggle(kind: "facts" | "keys", words: Words): void {
    this.kind = this.kind === kind ? undefined : kind;
    const { panel, panelTitle, details, facts } = this.#parts;
    panel.hidden = this.kind === undefined;
    panelTitle.textContent = this.kind === "keys" ? words.help : words.details;
    details.setAttribute("aria-expanded", String(this.kind === "facts"));
    facts.replaceChildren();
    if (this.kind === "keys") show(facts, keyRows(words));
  }

  update(stats: Stats | undefined, words: Words): void {
    if (this.kind === "facts")
      show(this.#parts.facts, stats ? factRows(stats, words) : [[words.picture, words.nothing]]);
  }
}

/** In place, so that a reader who is at a row stays there. */
function show(list: HTMLElement, rows: readonly Row[]): void {
  if (list.children.length !== rows.length * 2)
    list.replaceChildren(...rows.flatMap(() => [document.createElement("dt"), document.createElement("dd")]));
  rows.forEach(([name, value], index) => {
    const [term, words] = [list.children[index * 2], list.children[index * 2 + 1]];
    if (typeof name === "string") write(term, name);
    else term?.replaceChildren(...name.flatMap((key) => [keyCap(key), " "]));
    write(words, value);
  });
}

function write(element: Element | undefined, text: string): void {
  if (element && element.textContent !== text) element.textContent = text;
}

function keyCap(key: string): HTMLElement {
  const cap = document.createElement("kbd");
  cap.textContent = key;
  return cap;
}

function factRows(stats: Stats, words: Words): Row[] {
  const { latency, width, height, framesPerSecond, videoCodec, audioCodec, kilobits } = stats;
  const rate = framesPerSecond === undefined ? [] : [`${framesPerSecond} fps`];
  const picture = width > 0 ? [`${width} × ${height}`, ...rate, ...(videoCodec ? [videoCodec] : [])].join(" · ") : "";
  return [
    [words.protocol, stats.protocol],
    ...(latency === undefined ? [] : [[words.delay, `${latency.toFixed(1)} s`] as const]),
    [words.picture, picture || words.nothing],
    [words.sound, audioCodec ?? words.nothing],
    ...(kilobits === undefined ? [] : [[words.received, bitrate(kilobits)] as const]),
    [words.frames, `${stats.shownFrames} ${words.shown}, ${stats.droppedFrames} ${words.dropped}`],
  ];
}

function keyRows(words: Words): Row[] {
  return [
    [["k", "␣"], words.keyPlay],
    [["m"], words.keySound],
    [["↑", "↓"], words.keyVolume],
    [["←", "→"], words.keySeek],
    [["l"], words.keyLive],
    [["c"], words.keyCaptions],
    [["f"], words.keyFull],
    [["?"], words.keyHelp],
  ];
}
