import type { VideoCodec } from "@sluice/media";
import type { EncoderFamily, Engine } from "./engine.ts";
import type { TranscodingSettings } from "./settings.ts";

/** What makes pictures, and by what means. */
export type Chosen = { readonly engine: Engine; readonly family: EncoderFamily };

/** The engines of this server, one for each program that the configuration has named. */
export class Engines {
  readonly #settings: () => TranscodingSettings;
  readonly #make: (program: string) => Engine;
  readonly #made = new Map<string, Engine>();

  /** `make` gives the engine that runs a program; it may turn out not to be there when it is first asked for something. */
  constructor(settings: () => TranscodingSettings, make: (program: string) => Engine) {
    this.#settings = settings;
    this.#make = make;
  }

  /** The engine, when it runs here and encodes these codecs. `software`: by the processor alone. Rejects with why there is none. */
  async choose(codecs: readonly VideoCodec[], software: boolean): Promise<Chosen> {
    const { ffmpeg, encoder } = this.#settings();
    const engine = this.#made.get(ffmpeg) ?? this.#make(ffmpeg);
    this.#made.set(ffmpeg, engine);
    await engine.version();
    const wanted = software ? "software" : encoder;
    return { engine, family: codecs.length === 0 ? "software" : await engine.choose(wanted, codecs) };
  }
}
