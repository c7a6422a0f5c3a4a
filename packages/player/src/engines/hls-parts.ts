import Hls, { type Fragment, type LevelDetails } from "hls.js";
import { alikeSeconds, Pace } from "./hls-pace.ts";

/** What hls.js keeps to itself of what chooses the next segment to load. */
type Loader = {
  readonly loadingParts: boolean;
  getFragmentAtPosition(bufferEnd: number, end: number, details: LevelDetails): Fragment | null;
};

/** Makes hls.js (1.7.4) good for parts where the network is slow. */
export function carryParts(hls: Hls): void {
  keepWhole(hls);
  const pace = new Pace(hls);
  hls.on(Hls.Events.FRAG_LOADED, (_event, data) => pace.loaded(data));
  hls.on(Hls.Events.LEVEL_UPDATED, (_event, { details }) => pace.listed(details));
}

/**
 * It goes from one quality to another with a segment that it has already, when its end and the next one's beginning differ by a rounding: a whole segment is fetched twice,
 * on a network that has just become slow. What ends where a segment begins is told to it as that.
 */
function keepWhole(hls: Hls): void {
  const { streamController: loader } = hls as unknown as { readonly streamController: Loader };
  const find = loader.getFragmentAtPosition.bind(loader);
  loader.getFragmentAtPosition = (bufferEnd, end, details) => {
    const starts = [...details.fragments, details.fragmentHint].map((fragment) => fragment?.start ?? Number.NaN);
    const start = starts.find((each) => each >= bufferEnd && each - bufferEnd < alikeSeconds);
    return find(loader.loadingParts && start !== undefined ? start : bufferEnd, end, details);
  };
}
