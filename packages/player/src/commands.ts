/** What a viewer can tell the player to do, by whichever control. */
export type Commands = {
  toggle(): void;
  toggleSound(): void;
  changeVolume(by: number): void;
  setVolume(volume: number): void;
  seekBy(seconds: number): void;
  seekTo(seconds: number): void;
  toLive(): void;
  setQuality(id: string): void;
  setSound(id: string): void;
  toggleCaptions(): void;
  togglePanel(kind: "facts" | "keys"): void;
  pictureInPicture(): void;
  fullScreen(): void;
};
