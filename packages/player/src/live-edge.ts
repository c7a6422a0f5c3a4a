/** Seconds behind the target: further than this, the playhead jumps; nearer, it hurries from the second on. */
const jumpAt = 3;
const hurryAt = 0.3;
/** With so much less in hand than is wanted it lingers. */
const lingerAt = 0.15;
/** Twentieths by which it plays faster and slower at most. */
const mostFaster = 5;
const mostSlower = 2;
const leastTarget = 0.5;
const mostTarget = 2.5;
/** Standing for so long, the playhead will not come to the end of what it is in: a decoder keeps its last frames until more come. */
const stuckMs = 400;
/** The same before a hole: there is no sound that it goes on with. */
const holeMs = 200;
/** Nothing ran dry for so long: a little less in hand will do. */
const calmMs = 30_000;

/** What is wanted more in hand after it ran dry. */
const stutterSeconds = 0.5;

/** Keeps a video near the newest picture: a little faster while it is behind, a little slower while it has less in hand than it wants, a jump when it is far behind, further away on a network that stutters. */
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
    this.#target = Math.min(mostTarget, this.#target + stutterSeconds);
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
    else this.#approach(excess);
  }

  /** In steps of a twentieth, since each change of speed costs the sound a little; it ends only when nothing is left to make up. */
  #approach(excess: number): void {
    const { playbackRate } = this.#video;
    const steps = Math.ceil(Math.abs(excess) * 3);
    const rate = 1 + (excess > 0 ? Math.min(mostFaster, steps) : -Math.min(mostSlower, steps)) / 20;
    const isEnough = excess > 0 ? playbackRate < 1 : excess === 0 || playbackRate > 1;
    if (excess > hurryAt || excess < -lingerAt) this.#play(rate);
    else if (isEnough) this.#play(1);
  }

  #play(rate: number): void {
    if (rate !== this.#video.playbackRate) this.#video.playbackRate = rate;
  }

  jump(): void {
    const { buffered } = this.#video;
    if (buffered.length === 0) return;
    const last = buffered.length - 1;
    this.#go(Math.max(buffered.start(last), buffered.end(last) - this.#target));
    this.#video.playbackRate = 1;
  }

  /**
   * No engine leaves a hole in the timeline by itself, also not the one before a first picture that is to be shown later than 0. Where the server has left out pictures and not the sound, a browser may
   * play that on: it is let, and told to go on with the picture where there is one again, which it would not do by itself.
   */
  leaveGap(): void {
    const { buffered, currentTime } = this.#video;
    const before = this.#place;
    if (currentTime !== before) this.#placeSince = performance.now();
    this.#place = currentTime;
    const stoodMs = performance.now() - this.#placeSince;
    for (let index = 0; index < buffered.length; index++) {
      const start = buffered.start(index);
      if (currentTime >= start) {
        if (index > 0 && before < start) return this.#go(currentTime);
        continue;
      }
      const isAtHole = index > 0 && currentTime > buffered.end(index - 1) - 0.1;
      if (index === 0 || stoodMs > (isAtHole ? holeMs : stuckMs)) this.#go(start);
      return;
    }
  }

  #go(seconds: number): void {
    this.#video.currentTime = seconds;
    this.#place = seconds;
    this.#placeSince = performance.now();
  }
}
