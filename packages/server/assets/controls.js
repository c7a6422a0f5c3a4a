const remembered = "sluice-sound";
const element = (id) => document.getElementById(id);

/** The bar under the picture: play, sound, full screen, by pointer and by keyboard. `onPlay` and `onPause` are told what the viewer wants. */
export class Controls {
  /** The viewer wants it still; what the browser does by itself does not count. */
  isPaused = false;
  #video;
  #on;

  constructor(video, on) {
    this.#video = video;
    this.#on = on;
    const { volume = 100, sound = false } = JSON.parse(localStorage.getItem(remembered) ?? "{}");
    element("volume").value = volume;
    video.volume = volume / 100;
    video.muted = !sound;
    element("play").addEventListener("click", () => this.toggle());
    element("mute").addEventListener("click", () => this.#sound(video.muted));
    element("unmute").addEventListener("click", () => this.#sound(true));
    element("volume").addEventListener("input", ({ target }) => {
      video.volume = target.value / 100;
      this.#sound(target.value > 0);
    });
    element("full").addEventListener("click", () => this.#fullScreen());
    video.addEventListener("click", () => this.toggle());
    video.addEventListener("dblclick", () => this.#fullScreen());
    video.addEventListener("volumechange", () => this.#show());
    document.addEventListener("keydown", (event) => this.#key(event));
    for (const event of ["pointermove", "pointerdown", "focusin", "keydown"]) {
      element("player").addEventListener(event, () => this.#wake());
    }
    this.#show();
    this.#wake();
  }

  /** Starts the picture, without sound where the browser allows none yet. False when it takes a click. */
  async start() {
    const { muted } = this.#video;
    for (const silent of muted ? [true] : [false, true]) {
      this.#video.muted = silent;
      try {
        await this.#video.play();
        return true;
      } catch (error) {
        // The picture was replaced meanwhile: whoever did that starts it again.
        if (error.name !== "NotAllowedError") return true;
      }
    }
    return false;
  }

  toggle() {
    this.isPaused = !this.isPaused;
    this.#show();
    if (this.isPaused) this.#on.pause();
    else this.#on.play();
  }

  /** What the stream has: no sound button where there is no sound. */
  showSound(hasSound) {
    element("player").classList.toggle("silent", !hasSound);
    this.#show();
  }

  #sound(wanted) {
    const video = this.#video;
    if (wanted && video.volume === 0) {
      video.volume = 1;
      element("volume").value = 100;
    }
    video.muted = !wanted;
    localStorage.setItem(remembered, JSON.stringify({ volume: Math.round(video.volume * 100), sound: wanted }));
    this.#show();
  }

  #fullScreen() {
    const player = element("player");
    if (document.fullscreenElement) void document.exitFullscreen();
    else if (player.requestFullscreen) void player.requestFullscreen();
    // On an iPhone only the picture itself can fill the screen.
    else this.#video.webkitEnterFullscreen?.();
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const { tagName } = event.target;
    if (tagName === "INPUT" || (event.key === " " && tagName !== "BODY")) return;
    const action = {
      " ": () => this.toggle(),
      k: () => this.toggle(),
      m: () => this.#sound(this.#video.muted),
      f: () => this.#fullScreen(),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  #wake() {
    const { classList } = element("player");
    classList.remove("idle");
    clearTimeout(this.idle);
    this.idle = setTimeout(() => classList.add("idle"), 3_000);
  }

  #show() {
    const { muted } = this.#video;
    label("play", this.isPaused ? "Play" : "Pause", this.isPaused ? "play" : "pause");
    label("mute", muted ? "Turn the sound on" : "Turn the sound off", muted ? "muted" : "sound");
    element("unmute").hidden = !muted || !element("player").classList.contains("started");
  }
}

function label(id, words, icon) {
  element(id).setAttribute("aria-label", words);
  element(id).querySelector("use").setAttribute("href", `#icon-${icon}`);
}
