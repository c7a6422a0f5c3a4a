import type { Commands } from "./commands.ts";

/** How far an arrow goes, in seconds. */
export const seekStep = 10;
const volumeStep = 0.1;

type Key = Pick<KeyboardEvent, "key" | "ctrlKey" | "altKey" | "metaKey">;

/** What has the focus: these keep the keys that they need themselves. */
export type Focus = "button" | "slider" | "text" | "other";

const bindings: Readonly<Record<string, (commands: Commands) => void>> = {
  " ": (commands) => commands.toggle(),
  k: (commands) => commands.toggle(),
  m: (commands) => commands.toggleSound(),
  f: (commands) => commands.fullScreen(),
  l: (commands) => commands.toLive(),
  c: (commands) => commands.toggleCaptions(),
  "?": (commands) => commands.togglePanel("keys"),
  arrowleft: (commands) => commands.seekBy(-seekStep),
  arrowright: (commands) => commands.seekBy(seekStep),
  arrowup: (commands) => commands.changeVolume(volumeStep),
  arrowdown: (commands) => commands.changeVolume(-volumeStep),
};

const kept: Readonly<Record<Focus, RegExp>> = {
  button: /^ $/,
  slider: /^arrow/,
  text: /./,
  other: /^$/,
};

/** What a key does while something has the focus; nothing where the key belongs to the browser, or to what has the focus. */
export function commandFor(event: Key, focus: Focus): ((commands: Commands) => void) | undefined {
  const key = event.key.toLowerCase();
  if (event.ctrlKey || event.altKey || event.metaKey || kept[focus].test(key)) return undefined;
  return Object.hasOwn(bindings, key) ? bindings[key] : undefined;
}

/** What kind of thing has the focus. */
export function focusOf(target: EventTarget | undefined): Focus {
  if (!(target instanceof HTMLElement)) return "other";
  if (target.isContentEditable || /^(SELECT|TEXTAREA)$/.test(target.tagName)) return "text";
  if (target instanceof HTMLInputElement) return target.type === "range" ? "slider" : "text";
  return /^(BUTTON|A|SUMMARY)$/.test(target.tagName) ? "button" : "other";
}
