/** Seconds of media over which a bitrate is measured: longer than most groups of pictures. */
const window = 5;

/** How many bits a second something has, over its last seconds; by the time of the media, so that bytes that come late or in bursts count the same. */
export class Bitrate {
  /** Bytes of the last whole seconds, the newest at the end. */
  readonly #whole: number[] = [];
  /** Bytes of the second that has begun. The first one has only been seen in part. */
  #bytes = 0;
  #second: number | undefined;
  #first = true;

  add(bytes: number, timeUs: number): void {
    const second = Math.floor(timeUs / 1_000_000);
    if (this.#second === undefined) this.#second = second;
    else if (second > this.#second) this.#turn(second, this.#second);
    this.#bytes += bytes;
  }

  /** Bits per second; 0 until a whole second has been seen. */
  get value(): number {
    const { length } = this.#whole;
    return length === 0 ? 0 : (this.#whole.reduce((sum, each) => sum + each, 0) * 8) / length;
  }

  #turn(second: number, before: number): void {
    if (!this.#first) this.#whole.push(this.#bytes);
    this.#first = false;
    for (let silent = Math.min(second - before - 1, window); silent > 0; silent--) this.#whole.push(0);
    this.#whole.splice(0, this.#whole.length - window);
    this.#bytes = 0;
    this.#second = second;
  }
}
