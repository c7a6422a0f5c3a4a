import { toggleCaptions } from "./captions.ts";
import type { Commands } from "./commands.ts";
import { Controls } from "./controls.ts";
import type { Choice, Engine, Quality } from "./engine.ts";
import { focusOf } from "./keys.ts";
import { Panel } from "./panel.ts";
import { buildSkin, label, type Parts } from "./skin.ts";
import { Sound } from "./sound.ts";
import type { Action, PlayerError, Situation, State } from "./state.ts";
import { type Stats, statsOf } from "./stats.ts";
import { clampTo, positionOf } from "./timeline.ts";
import { Watching } from "./watching.ts";
import { type Abilities, waysFor } from "./ways.ts";
import { sentenceFor, type Words, wordsFor } from "./words.ts";

const tickMs = 250;

/** Codecs that every browser with Media Source Extensions plays. */
const plain = 'video/mp4; codecs="avc1.42E01E,mp4a.40.2"';

/** `<sluice-player src="/live/test" autoplay controls></sluice-player>`: plays a live stream by the quickest way that the browser has. */
export class SluicePlayer extends HTMLElement {
  static readonly observedAttributes: readonly string[] = [
    "src",
    "prefer",
    "autoplay",
    "muted",
    "volume",
    "controls",
    "poster",
    "lang",
  ];

  readonly #parts: Parts;
  readonly #controls: Controls;
  readonly #panel: Panel;
  readonly #sound: Sound;
  #words: Words = wordsFor("en");
  #situation: Situation = { state: "idle" };
  #watching: Watching | undefined;
  #engine: Engine | undefined;
  #connected = new AbortController();

  constructor() {
    super();
    this.#parts = buildSkin(this.attachShadow({ mode: "open", delegatesFocus: true }));
    this.#panel = new Panel(this.#parts);
    this.#controls = new Controls(this.#parts, this.#commands());
    const { video } = this.#parts;
    const volume = this.getAttribute("volume");
    this.#sound = new Sound(video, this.hasAttribute("muted"), volume === null ? undefined : Number(volume));
    // An iPhone gives no managed source to a video that could be sent elsewhere.
    video.disableRemotePlayback = !("MediaSource" in globalThis);
    video.addEventListener("volumechange", () => this.#showSound());
    video.addEventListener("resize", () => this.#showKind());
    this.#parts.pip.hidden = !document.pictureInPictureEnabled;
  }

  connectedCallback(): void {
    this.#connected = new AbortController();
    const { signal } = this.#connected;
    const timer = setInterval(() => this.#tick(), tickMs);
    signal.addEventListener("abort", () => clearInterval(timer));
    document.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    this.#speak();
    this.#applyLooks();
    this.#restart();
  }

  disconnectedCallback(): void {
    this.#connected.abort();
    this.#controls.close();
    this.#stop();
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.isConnected) return;
    if (name === "src" || name === "prefer") this.#restart();
    else if (name === "muted") this.#sound.isMuted = now !== null;
    else if (name === "volume") this.#sound.volume = Number(now ?? 1);
    else if (name === "autoplay") now !== null && !this.#watching && this.#restart();
    else if (name === "lang") this.#speak();
    else this.#applyLooks();
  }

  /** Plays, as soon as there is something to play. Resolves at once, and never rejects. */
  async play(): Promise<void> {
    if (this.#watching) this.#watching.play();
    else this.#watch();
    this.#showPaused();
  }

  pause(): void {
    this.#watching?.pause();
    this.#showPaused();
  }

  /** Goes to the newest picture. */
  seekToLive(): void {
    this.#engine?.toLive();
    void this.play();
  }

  get src(): string {
    return this.getAttribute("src") ?? "";
  }

  set src(src: string) {
    this.setAttribute("src", src);
  }

  get paused(): boolean {
    return !this.#watching || this.#watching.isPaused;
  }

  get muted(): boolean {
    return this.#sound.isMuted;
  }

  set muted(muted: boolean) {
    this.#sound.isMuted = muted;
  }

  get volume(): number {
    return this.#sound.volume;
  }

  set volume(volume: number) {
    this.#sound.volume = volume;
  }

  get state(): State {
    return this.#situation.state;
  }

  /** What is being played, and how well; undefined while nothing is. */
  get stats(): Stats | undefined {
    return this.#engine && statsOf(this.#parts.video, this.#engine);
  }

  /** What can be chosen from, best first; empty where the server chooses. */
  get qualities(): readonly Quality[] {
    return this.#engine?.qualities() ?? [];
  }

  /** The id of the quality that was asked for, or "auto". */
  get quality(): string {
    return this.#engine?.quality() ?? "auto";
  }

  set quality(id: string) {
    this.#engine?.setQuality(id);
  }

  /** The sounds that can be chosen from, the usual one first; empty where it is not known. */
  get sounds(): readonly Choice[] {
    return this.#engine?.sounds() ?? [];
  }

  /** The id of the sound that plays; "" where it is not known. */
  get sound(): string {
    return this.#engine?.sound() ?? "";
  }

  set sound(id: string) {
    this.#engine?.setSound(id);
  }

  /** The video element, for what the player itself does not do. */
  get video(): HTMLVideoElement {
    return this.#parts.video;
  }

  #restart(): void {
    this.#stop();
    if (this.src === "") this.#show({ state: "idle" });
    else if (this.hasAttribute("autoplay")) this.#watch();
    else this.#show({ state: "idle", actions: { play: () => void this.play() } });
    this.#showPaused();
  }

  #watch(): void {
    if (this.src === "" || !URL.canParse(this.src, document.baseURI)) return;
    const src = new URL(this.src, document.baseURI);
    const candidates = waysFor(src, this.getAttribute("prefer"), abilities(this.#parts.video));
    this.#watching = new Watching(this.#parts.video, candidates, () => this.#startPicture(), {
      situation: (situation) => this.#show(situation),
      error: (error) => this.#emit<PlayerError>("sluice-error", error),
      playback: (playback) => this.#onPlayback(playback?.engine),
    });
  }

  #stop(): void {
    this.#watching?.close();
    this.#watching = undefined;
    if (this.#engine) this.#onPlayback(undefined);
  }

  async #startPicture(): Promise<boolean> {
    const started = await this.#sound.start();
    this.#showSound();
    return started;
  }

  #onPlayback(engine: Engine | undefined): void {
    this.#engine = engine;
    this.#parts.root.classList.toggle("started", engine !== undefined);
    if (engine) {
      this.#parts.poster.hidden = true;
      this.#emit("sluice-protocol", { protocol: engine.protocol });
    }
    this.#showSound();
    this.#showKind();
    this.#tick();
  }

  /** The state, as a word on the badge, as a sentence over the picture with what the viewer can do, and to those who listen. */
  #show(situation: Situation): void {
    const before = this.#situation;
    this.#situation = situation;
    const { state, codec, actions = {} } = situation;
    const { badge, root, sentence, status, announce } = this.#parts;
    const [word] = this.#words.states[state];
    const text = sentenceFor(this.#words, state, codec);
    badge.textContent = word;
    root.dataset.state = state;
    sentence.textContent = text;
    const buttons = (Object.entries(actions) as [Action, () => void][]).map(([name, action]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = this.#words.actions[name];
      button.setAttribute("part", "action");
      button.addEventListener("click", action, { once: true });
      return button;
    });
    this.#parts.actions.replaceChildren(...buttons);
    status.hidden = text === "" && buttons.length === 0;
    announce.textContent = text === "" ? word : text;
    this.#showPaused();
    if (before.state !== state) this.#emit("sluice-state", { state });
  }

  /** In the language of the element, else of the page. */
  #speak(): void {
    const language = this.closest<HTMLElement>("[lang]")?.lang || navigator.language;
    this.#words = wordsFor(language);
    label(this.#parts, this.#words);
    this.#show(this.#situation);
    this.#showSound();
  }

  #applyLooks(): void {
    const { poster, bar } = this.#parts;
    const picture = this.getAttribute("poster");
    if (picture !== null) poster.src = picture;
    poster.hidden = picture === null || this.#engine !== undefined;
    bar.hidden = !this.hasAttribute("controls");
  }

  #showSound(): void {
    const hasSound = !this.#engine || this.#engine.facts().audio !== undefined || !this.#engine.facts().video;
    this.#controls.showSound(this.#sound, this.#words, hasSound);
  }

  #showPaused(): void {
    this.#controls.showPaused(this.paused, this.#words);
  }

  #showKind(): void {
    const { soundOnly, video, root } = this.#parts;
    const isSound = this.#engine !== undefined && video.videoWidth === 0;
    soundOnly.hidden = !isSound;
    root.classList.toggle("sound-only", isSound);
  }

  #tick(): void {
    this.#controls.update(this.#engine, this.#words);
    this.#panel.update(this.stats, this.#words);
  }

  /** Keys belong to the player that has the focus; with `hotkeys`, also while nothing has it. */
  #onKey(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    const isHere = event.composedPath().includes(this);
    const isNowhere = target === document.body || target === document.documentElement;
    if (event.defaultPrevented || !(isHere || (isNowhere && this.hasAttribute("hotkeys")))) return;
    if (this.#controls.key(event, focusOf(target))) event.preventDefault();
  }

  #commands(): Commands {
    return {
      toggle: () => (this.paused ? void this.play() : this.pause()),
      toggleSound: () => {
        this.#sound.isMuted = !this.#sound.isMuted;
        this.#say(this.#sound.isMuted ? this.#words.mute : this.#words.unmute);
      },
      changeVolume: (by) => this.#setVolume((this.#sound.isMuted ? 0 : this.#sound.volume) + by),
      setVolume: (volume) => this.#setVolume(volume),
      seekBy: (seconds) => this.#seek(this.#parts.video.currentTime + seconds),
      seekTo: (seconds) => this.#seek(seconds),
      toLive: () => this.seekToLive(),
      setQuality: (id) => {
        this.quality = id;
      },
      setSound: (id) => {
        this.sound = id;
      },
      toggleCaptions: () => toggleCaptions(this.#parts.video, this.lang || navigator.language),
      togglePanel: (kind) => {
        this.#panel.toggle(kind, this.#words);
        this.#tick();
      },
      pictureInPicture: () => void pictureInPicture(this.#parts.video),
      fullScreen: () => void fullScreen(this.#parts),
    };
  }

  #setVolume(volume: number): void {
    this.#sound.volume = volume;
    this.#say(`${this.#words.volume} ${Math.round(this.#sound.volume * 100)} %`);
  }

  #seek(seconds: number): void {
    const position = positionOf(this.#parts.video, this.#engine);
    if (!position) return;
    const to = clampTo(position, seconds);
    if (position.isLive && to > position.end - 1) this.#engine?.toLive();
    else this.#engine?.seek(to);
    this.#tick();
  }

  #say(words: string): void {
    this.#parts.announce.textContent = words;
  }

  #emit<T>(name: string, detail: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail, bubbles: true, composed: true }));
  }
}

function abilities(video: HTMLVideoElement): Abilities {
  const source =
    globalThis.MediaSource ?? (globalThis as { ManagedMediaSource?: typeof MediaSource }).ManagedMediaSource;
  return {
    mediaSource: source?.isTypeSupported(plain) ?? false,
    nativeHls: video.canPlayType("application/vnd.apple.mpegurl") !== "",
  };
}

/** A refusal, as in a frame that may not, leaves things as they are. */
async function fullScreen({ root, video }: Parts): Promise<void> {
  try {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (document.fullscreenEnabled) await root.requestFullscreen();
    // On an iPhone only the picture itself can fill the screen.
    else (video as { webkitEnterFullscreen?(): void }).webkitEnterFullscreen?.();
  } catch {
    return;
  }
}

async function pictureInPicture(video: HTMLVideoElement): Promise<void> {
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video.requestPictureInPicture();
  } catch {
    return;
  }
}
