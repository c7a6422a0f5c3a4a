import { captionTracks, showsCaptions } from "./captions.ts";
import type { Commands } from "./commands.ts";
import type { Choice, Engine } from "./engine.ts";
import { clock } from "./format.ts";
import { commandFor, type Focus, seekStep } from "./keys.ts";
import { type Parts, setIcon, setLabel } from "./skin.ts";
import type { Sound } from "./sound.ts";
import { type Position, positionOf } from "./timeline.ts";
import type { Words } from "./words.ts";

/** Nobody has moved for so long: the bar goes out of the picture. */
const idleMs = 3_000;

/** The bar under the picture: shows how things are, and hands on what the viewer does. */
export class Controls {
  readonly #parts: Parts;
  readonly #commands: Commands;
  #idle: ReturnType<typeof setTimeout> | undefined;
  #isDragging = false;

  constructor(parts: Parts, commands: Commands) {
    this.#parts = parts;
    this.#commands = commands;
    const clicks: readonly (readonly [HTMLElement, () => void])[] = [
      [parts.play, () => commands.toggle()],
      [parts.video, () => commands.toggle()],
      [parts.mute, () => commands.toggleSound()],
      [parts.unmute, () => commands.toggleSound()],
      [parts.live, () => commands.toLive()],
      [parts.captions, () => commands.toggleCaptions()],
      [parts.details, () => commands.togglePanel("facts")],
      [parts.panelClose, () => this.#closePanel()],
      [parts.pip, () => commands.pictureInPicture()],
      [parts.full, () => commands.fullScreen()],
    ];
    for (const [part, action] of clicks) part.addEventListener("click", action);
    parts.video.addEventListener("dblclick", () => commands.fullScreen());
    parts.volume.addEventListener("input", () => commands.setVolume(Number(parts.volume.value) / 100));
    parts.quality.addEventListener("change", () => commands.setQuality(parts.quality.value));
    parts.sounds.addEventListener("change", () => commands.setSound(parts.sounds.value));
    this.#listenToSeek();
    for (const event of ["pointermove", "pointerdown", "focusin", "keydown"])
      parts.root.addEventListener(event, () => this.wake());
    this.wake();
  }

  /** Shows the bar, for a while. */
  wake(): void {
    const { classList } = this.#parts.root;
    classList.remove("idle");
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => classList.add("idle"), idleMs);
  }

  close(): void {
    clearTimeout(this.#idle);
  }

  /** True when the key was for the player. */
  key(event: KeyboardEvent, focus: Focus): boolean {
    if (event.key === "Escape" && !this.#parts.panel.hidden) {
      this.#closePanel();
      return true;
    }
    const command = commandFor(event, focus);
    command?.(this.#commands);
    if (command) this.wake();
    return command !== undefined;
  }

  /** What the sound is. */
  showSound(sound: Sound, words: Words, hasSound: boolean): void {
    const { root, mute, volume, unmute } = this.#parts;
    root.classList.toggle("silent", !hasSound);
    setIcon(mute, sound.isMuted ? "muted" : "sound");
    setLabel(mute, sound.isMuted ? words.unmute : words.mute, "m");
    volume.value = String(sound.isMuted ? 0 : Math.round(sound.volume * 100));
    unmute.hidden = !sound.isWithheld || !hasSound || !root.classList.contains("started");
  }

  showPaused(isPaused: boolean, words: Words): void {
    setIcon(this.#parts.play, isPaused ? "play" : "pause");
    setLabel(this.#parts.play, isPaused ? words.play : words.pause, "k");
  }

  /** Where the picture is in time, and what else changes by itself. */
  update(engine: Engine | undefined, words: Words): void {
    const { video, behind, root, live, captions } = this.#parts;
    const position = positionOf(video, engine);
    const latency = engine?.latency();
    behind.hidden = latency === undefined;
    if (latency !== undefined) write(behind, `${latency.toFixed(1)} s ${words.behind}`);
    live.hidden = !position?.isBehind;
    root.classList.toggle("behind", position?.isBehind ?? false);
    captions.hidden = captionTracks(video).length === 0;
    captions.setAttribute("aria-pressed", String(showsCaptions(video)));
    this.#showPosition(position);
    const qualities = engine?.qualities() ?? [];
    const { quality, sounds } = this.#parts;
    show(quality, qualities.length < 2 ? [] : [{ id: "auto", label: words.auto }, ...qualities], engine?.quality());
    show(sounds, engine?.sounds() ?? [], engine?.sound());
  }

  #showPosition(position: Position | undefined): void {
    const { seek, time } = this.#parts;
    seek.hidden = position === undefined;
    time.hidden = position === undefined || (position.isLive && !position.isBehind);
    if (!position || this.#isDragging) return;
    seek.min = String(position.start);
    seek.max = String(position.end);
    seek.value = String(position.now);
    const { start, end, now, isLive } = position;
    const words = isLive ? `−${clock(end - now)}` : `${clock(now - start)} / ${clock(end - start)}`;
    write(time, words);
    seek.setAttribute("aria-valuetext", words);
  }

  #listenToSeek(): void {
    const { seek } = this.#parts;
    seek.addEventListener("input", () => {
      this.#isDragging = true;
    });
    seek.addEventListener("change", () => {
      this.#isDragging = false;
      this.#commands.seekTo(Number(seek.value));
    });
    seek.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -seekStep, ArrowDown: -seekStep, ArrowRight: seekStep, ArrowUp: seekStep }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#commands.seekBy(step);
    });
  }

  #closePanel(): void {
    const { panelTitle, details } = this.#parts;
    const kind = details.getAttribute("aria-expanded") === "true" || panelTitle.textContent === "" ? "facts" : "keys";
    this.#commands.togglePanel(kind);
    details.focus();
  }
}

/** A menu, where there is something to choose. */
function show(menu: HTMLSelectElement, choices: readonly Choice[], chosen: string | undefined): void {
  menu.hidden = choices.length < 2;
  const isKnown = (choice: Choice, index: number) =>
    menu.options[index]?.value === choice.id && menu.options[index]?.text === choice.label;
  if (menu.options.length !== choices.length || !choices.every(isKnown))
    menu.replaceChildren(...choices.map(({ id, label }) => new Option(label, id)));
  menu.value = chosen ?? "";
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
