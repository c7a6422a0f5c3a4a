import Hls, {
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type LoaderStats,
  type PlaylistLoaderContext,
} from "hls.js";
import { smallDiscontinuities } from "../discontinuity-sequence.ts";

/** Loads playlists as hls.js does, and hands them on with numbers that hls.js can bear. */
export class PlaylistLoader implements Loader<PlaylistLoaderContext> {
  readonly #loader: Loader<PlaylistLoaderContext>;

  constructor(config: HlsConfig) {
    this.#loader = new Hls.DefaultConfig.loader(config) as Loader<PlaylistLoaderContext>;
  }

  get context(): PlaylistLoaderContext | null {
    return this.#loader.context;
  }

  get stats(): LoaderStats {
    return this.#loader.stats;
  }

  load(
    asked: PlaylistLoaderContext,
    configuration: LoaderConfiguration,
    callbacks: LoaderCallbacks<PlaylistLoaderContext>,
  ): void {
    this.#loader.load(asked, configuration, {
      ...callbacks,
      onSuccess: (response, stats, context, details) => {
        if (typeof response.data === "string") response.data = smallDiscontinuities(response.data);
        callbacks.onSuccess(response, stats, context, details);
      },
    });
  }

  getCacheAge(): number | null {
    return this.#loader.getCacheAge?.() ?? null;
  }

  getResponseHeader(name: string): string | null {
    return this.#loader.getResponseHeader?.(name) ?? null;
  }

  abort(): void {
    this.#loader.abort();
  }

  destroy(): void {
    this.#loader.destroy();
  }
}
