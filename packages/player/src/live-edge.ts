/** Seconds behind the target: further than this, the playhead jumps; nearer, it hurries. */
const jumpAt = 3;
const leastTarget = 0.5;
const mostTarget = 2.5;
/** Standing for so long, the playhead will not come to the end of what it is in: a decoder keeps its last frames until more come. */
const stuckMs = 400;
/** Nothing ran dry for so long: a little less in hand will do. */
const calmMs = 30_000;

/** Keeps a video near the newest picture: a little faster while it is behind, a jump when it is far behind, further away on a network that stutters. */
export class LiveEdge {
  readonly #video: HTMLVideoElement;
  #target = leastTarget;
  #calmSince = performance.now();
  #place = 0;
  #placeSince = performance.now();

  constructor(video: HTMLVideoElement) {
    this.#video = video;
  }

  /** Seconds between what is shown and the newest that has arrived; undefined before anything has. */
  get delay(): number | undefined {
    const { buffered, currentTime } = this.#video;
    return buffered.length > 0 ? Math.max(0, buffered.end(buffered.length - 1) - currentTime) : undefined;
  }

  /** The playhead ran dry: it keeps more in hand from now on. */
  stuttered(): void {
    this.#target = Math.min(mostTarget, this.#target + 0.3);
    this.#calmSince = performance.now();
  }

  /** Called a few times a second while the video plays. */
  tick(): void {
    const { delay } = this;
    if (delay === undefined || this.#video.seeking) return;
    this.leaveGap();
    if (performance.now() - this.#calmSince > calmMs) {
      this.#target = Math.max(leastTarget, this.#target - 0.1);
      this.#calmSince = performance.now();
    }
    const excess = delay - this.#target;
    if (excess > jumpAt) this.jump();
    else this.#hurry(excess);
  }

  /** In steps of a twentieth, since each change of speed costs the sound a little; it ends only when nothing is left to make up. */
  #hurry(excess: number): void {
    const rate = 1 + Math.min(0.25, Math.ceil(excess * 3) / 20);
    if (excess <= 0) this.#video.playbackRate = 1;
    else if (excess > 0.3 && rate !== this.#video.playbackRate) this.#video.playbackRate = rate;
  }

  jump(): void {
    const { buffered } = this.#video;
    if (buffered.length === 0) return;
    const last = buffered.length - 1;
    this.#video.currentTime = Math.max(buffered.start(last), buffered.end(last) - this.#target);
    this.#video.playbackRate = 1;
  }

  /** No engine leaves a hole in the timeline by itself, also not the one before a first picture that is to be shown later than 0. */
  leaveGap(): void {
    const { buffered, currentTime } = this.#video;
    if (currentTime !== this.#place) this.#placeSince = performance.now();
    this.#place = currentTime;
    const isStuck = performance.now() - this.#placeSince > stuckMs;
    for (let index = 0; index < buffered.length; index++) {
      if (currentTime < buffered.start(index)) {
        if (index === 0 || isStuck || currentTime > buffered.end(index - 1) - 0.1)
          this.#video.currentTime = buffered.start(index);
        return;
      }
    }
  }
}
