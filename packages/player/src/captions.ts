/** The text tracks that people read along with the picture. */
export function captionTracks(video: HTMLVideoElement): TextTrack[] {
  return Array.from(video.textTracks).filter(({ kind }) => kind === "captions" || kind === "subtitles");
}

/** Whether captions are on the picture. */
export function showsCaptions(video: HTMLVideoElement): boolean {
  return captionTracks(video).some(({ mode }) => mode === "showing");
}

/** Shows the track in the viewer's language, else the first; or none. */
export function toggleCaptions(video: HTMLVideoElement, language: string): void {
  const tracks = captionTracks(video);
  const wasOn = showsCaptions(video);
  const chosen = tracks.find((track) => track.language.slice(0, 2) === language.slice(0, 2)) ?? tracks[0];
  for (const track of tracks) track.mode = track === chosen && !wasOn ? "showing" : "disabled";
}
