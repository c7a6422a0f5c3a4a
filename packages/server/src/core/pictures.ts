/** A small picture of a stream, and when it is shown there. */
export type Picture = { readonly jpeg: Uint8Array; readonly timeUs: number };

export type PictureLimits = { readonly count: number; readonly bytes: number };

const defaultLimits: PictureLimits = { count: 720, bytes: 16 * 1024 * 1024 };

/** The small pictures of a stream's past, for whoever chooses a stream or a place in it. Where there are too many, every other one goes, so that they still reach back as far. */
export class Pictures {
  readonly #limits: PictureLimits;
  #all: Picture[] = [];
  #bytes = 0;

  constructor(limits: PictureLimits = defaultLimits) {
    this.#limits = limits;
  }

  /** Oldest first. */
  get all(): readonly Picture[] {
    return this.#all;
  }
  get newest(): Picture | undefined {
    return this.#all.at(-1);
  }

  at(timeUs: number): Picture | undefined {
    return this.#all.find((picture) => picture.timeUs === timeUs);
  }

  /** `oldestUs`: the time of the oldest place that is kept of the stream; pictures of what was before go. One that is not newer than the last has no place. */
  add(picture: Picture, oldestUs: number = Number.NEGATIVE_INFINITY): void {
    const { newest } = this;
    if ((newest && picture.timeUs <= newest.timeUs) || picture.jpeg.length > this.#limits.bytes) return;
    this.#keep([...this.#all.filter(({ timeUs }) => timeUs >= oldestUs), picture]);
    const { count, bytes } = this.#limits;
    while (this.#all.length > count || this.#bytes > bytes) this.#thin();
  }

  #thin(): void {
    const last = this.#all.length - 1;
    this.#keep(this.#all.filter((_, index) => (last - index) % 2 === 0));
  }

  #keep(pictures: Picture[]): void {
    this.#all = pictures;
    this.#bytes = pictures.reduce((sum, { jpeg }) => sum + jpeg.length, 0);
  }
}
