import type { VideoCodec } from "@sluice/media";
import { type EncoderFamily, type Engine, TranscodingError } from "./engine.ts";
import type { TranscodingSettings } from "./settings.ts";

/** What makes pictures, and by what means. */
export type Chosen = { readonly engine: Engine; readonly family: EncoderFamily };

/** How each engine is got at; it may turn out not to be there when it is first asked for something. */
export type EngineMakers = {
  readonly ffmpeg: (program: string) => Engine;
  readonly "node-av"?: () => Engine;
};

/** The engines of this server: each is made once, and the first that works here is taken. */
export class Engines {
  readonly #settings: () => TranscodingSettings;
  readonly #makers: EngineMakers;
  readonly #made = new Map<string, Engine>();

  constructor(settings: () => TranscodingSettings, makers: EngineMakers) {
    this.#settings = settings;
    this.#makers = makers;
  }

  /** An engine that runs here and encodes these codecs. `software`: by the processor alone. Rejects with why there is none. */
  async choose(codecs: readonly VideoCodec[], software: boolean): Promise<Chosen> {
    const { engine, encoder } = this.#settings();
    const wanted = software ? "software" : encoder;
    let failure: unknown;
    for (const each of this.#candidates(engine)) {
      try {
        await each.version();
        return { engine: each, family: codecs.length === 0 ? "software" : await each.choose(wanted, codecs) };
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure ?? new TranscodingError("transcoding/engine", `the engine ${engine} is not part of this build`);
  }

  #candidates(wanted: TranscodingSettings["engine"]): Engine[] {
    const { ffmpeg } = this.#settings();
    const program = () => this.#once(`ffmpeg ${ffmpeg}`, () => this.#makers.ffmpeg(ffmpeg));
    const make = this.#makers["node-av"];
    const library = () => (make ? [this.#once("node-av", make)] : []);
    switch (wanted) {
      case "auto":
        return [program(), ...library()];
      case "ffmpeg":
        return [program()];
      case "node-av":
        return library();
    }
  }

  #once(key: string, make: () => Engine): Engine {
    const engine = this.#made.get(key) ?? make();
    this.#made.set(key, engine);
    return engine;
  }
}
