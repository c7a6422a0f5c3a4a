import { style } from "./style.ts";
import type { Words } from "./words.ts";

/** The parts of the player that other files deal with, by their ids in the shadow root. */
export type Parts = {
  readonly root: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly poster: HTMLImageElement;
  readonly status: HTMLElement;
  readonly sentence: HTMLElement;
  readonly actions: HTMLElement;
  readonly announce: HTMLElement;
  readonly soundOnly: HTMLElement;
  readonly unmute: HTMLButtonElement;
  readonly bar: HTMLElement;
  readonly seek: HTMLInputElement;
  readonly time: HTMLElement;
  readonly play: HTMLButtonElement;
  readonly mute: HTMLButtonElement;
  readonly volume: HTMLInputElement;
  readonly badge: HTMLElement;
  readonly behind: HTMLElement;
  readonly live: HTMLButtonElement;
  readonly quality: HTMLSelectElement;
  readonly sounds: HTMLSelectElement;
  readonly captions: HTMLButtonElement;
  readonly details: HTMLButtonElement;
  readonly pip: HTMLButtonElement;
  readonly full: HTMLButtonElement;
  readonly panel: HTMLElement;
  readonly panelTitle: HTMLElement;
  readonly panelClose: HTMLButtonElement;
  readonly facts: HTMLElement;
};

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);

/** Puts the player's parts into a shadow root. */
export function buildSkin(shadow: ShadowRoot): Parts {
  shadow.adoptedStyleSheets = [sheet];
  const template = document.createElement("template");
  template.innerHTML = markup;
  shadow.append(template.content);
  const parts = Array.from(shadow.querySelectorAll("[id]"), (element) => [camel(element.id), element] as const);
  return Object.fromEntries(parts) as unknown as Parts;
}

/** Puts a language's words where they do not change. */
export function label(parts: Parts, words: Words): void {
  parts.root.setAttribute("aria-label", words.player);
  parts.video.setAttribute("aria-label", words.picture);
  for (const name of ["captions", "details"] as const) setLabel(parts[name], words[name], hints[name]);
  setLabel(parts.pip, words.pictureInPicture);
  setLabel(parts.full, words.fullScreen, "f");
  parts.panelClose.setAttribute("aria-label", words.close);
  parts.volume.setAttribute("aria-label", words.volume);
  parts.seek.setAttribute("aria-label", words.seek);
  parts.quality.setAttribute("aria-label", words.quality);
  parts.sounds.setAttribute("aria-label", words.sound);
  for (const [part, text] of [
    [parts.live, words.goLive],
    [parts.unmute, words.tapForSound],
    [parts.soundOnly, words.soundOnly],
  ] as const)
    part.lastChild?.replaceWith(text);
}

const hints = { captions: "c", details: undefined } as const;

/** What a button is called, to people who see it and to those who do not, and its key. */
export function setLabel(button: HTMLElement, words: string, key?: string): void {
  button.setAttribute("aria-label", words);
  button.title = key === undefined ? words : `${words} (${key})`;
}

/** Shows one of the icons that a button has. */
export function setIcon(button: HTMLElement, name: IconName): void {
  const svg = button.querySelector("path");
  svg?.setAttribute("d", icons[name]);
}

const icons = {
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  sound: "M3 9v6h4l5 5V4L7 9zM14 8.2a4.6 4.6 0 0 1 0 7.6zM16 4.6a8.4 8.4 0 0 1 0 14.8v-2.3a6.4 6.4 0 0 0 0-10.2z",
  muted:
    "M3 9v6h4l5 5V4L7 9zM15.4 8.4 14 9.8l2.2 2.2-2.2 2.2 1.4 1.4 2.2-2.2 2.2 2.2 1.4-1.4-2.2-2.2 2.2-2.2-1.4-1.4-2.2 2.2z",
  full: "M4 4h6v2.2H6.2V10H4zM14 4h6v6h-2.2V6.2H14zM4 14h2.2v3.8H10V20H4zM17.8 14H20v6h-6v-2.2h3.8z",
  pip: "M3 5h18v14H3zm2 2v10h14V7zm6 4h7v5h-7z",
  captions: "M3 5h18v14H3zm2 2v10h14V7zm2 3h4v1.6H8.6v1.8H11V15H7zm6 0h4v1.6h-2.4v1.8H17V15h-4z",
  details: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm-1 2h2v2h-2zm0 4h2v6h-2z",
  close: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4z",
  live: "M12 7a5 5 0 1 0 0 10 5 5 0 0 0 0-10z",
} as const;

type IconName = keyof typeof icons;

function icon(name: IconName): string {
  return `<svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="${icons[name]}"/></svg>`;
}

function button(id: string, name: IconName, more = ""): string {
  return `<button type="button" id="${id}" part="button ${id}-button" ${more}>${icon(name)}</button>`;
}

const markup = `
<div id="root" part="player" role="region" data-state="idle">
<video id="video" part="video" playsinline></video>
<img id="poster" part="poster" alt="" hidden>
<p id="sound-only" part="sound-only" hidden>${icon("sound")} </p>
<div id="status" part="status"><p id="sentence" part="message"></p><div id="actions"></div></div>
<p id="announce" role="status" class="unseen"></p>
<button type="button" id="unmute" part="unmute-button" hidden>${icon("muted")} </button>
<div id="panel" part="panel" role="group" aria-labelledby="panel-title" hidden>
<h2 id="panel-title"></h2>${button("panel-close", "close")}
<dl id="facts" part="facts"></dl>
</div>
<div id="bar" part="bar" hidden>
<div class="seek"><input id="seek" part="seek" type="range" min="0" max="1" step="any" hidden></div>
<div class="row">
${button("play", "play")}
<span class="sound">${button("mute", "sound")}<input id="volume" part="volume" type="range" min="0" max="100"></span>
<span id="badge" part="badge"></span>
<span id="behind" part="latency" hidden></span>
<span id="time" part="time" hidden></span>
<button type="button" id="live" part="button live-button" hidden>${icon("live")} </button>
<span class="gap"></span>
<select id="sounds" part="sounds" hidden></select>
<select id="quality" part="quality" hidden></select>
${button("captions", "captions", 'aria-pressed="false" hidden')}
${button("details", "details", 'aria-expanded="false" aria-controls="panel"')}
${button("pip", "pip", "hidden")}
${button("full", "full")}
</div>
</div>
</div>`;

function camel(id: string): string {
  return id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
