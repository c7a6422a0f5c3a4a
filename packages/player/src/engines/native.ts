import type { Ending, Engine } from "../engine.ts";

/** Further than so many seconds from the end of what can be sought counts as behind. */
const liveSeconds = 10;

/** HLS as the browser itself plays it: for iPhones of before iOS 17.1, which give pages no way to do so. */
export function attach(video: HTMLVideoElement, url: string, ended: (how: Ending) => void): Engine {
  const destroyed = new AbortController();
  const { signal } = destroyed;
  const end = () => (video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : video.currentTime);
  video.addEventListener("ended", () => ended({ kind: "ended" }), { signal });
  video.addEventListener("error", () => ended(failure(video.error)), { signal });
  video.src = url;
  return {
    protocol: "HLS",
    rewinds: true,
    latency: () => undefined,
    behind: () => (Number.isFinite(video.duration) ? 0 : Math.max(0, end() - video.currentTime - liveSeconds)),
    facts: () => ({}),
    qualities: () => [],
    quality: () => "auto",
    setQuality: () => undefined,
    sounds: () => [],
    sound: () => "",
    setSound: () => undefined,
    seek: (seconds) => {
      video.currentTime = seconds;
    },
    toLive: () => {
      video.currentTime = end();
    },
    destroy: () => {
      if (signal.aborted) return;
      destroyed.abort();
      video.removeAttribute("src");
      video.load();
    },
  };
}

function failure(error: MediaError | null): Ending {
  if (error?.code === MediaError.MEDIA_ERR_DECODE) return { kind: "unsupported", codec: "", hasBoth: false };
  return { kind: "failed", message: error?.message ?? "" };
}
