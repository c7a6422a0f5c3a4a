import type { VideoCodec } from "@sluice/media";

/** How far a viewer may fall behind before it is moved forward, and how long it may take nothing at all before it is let go. */
export type CursorLimits = { readonly maxLagUs: number; readonly stallMs: number };

/** What the cursor's owner is told. `ended`: no more is written; the socket is the owner's again. */
export type CursorOwner = {
  /** The first bytes are about to be written. */
  started?(): void;
  /** The stream it waited for has its source now. */
  live?(): void;
  ended(reason: string): void;
  /** It can take none of the pictures that there are, such as the source's in this codec. Who does not say what then is to happen is ended. */
  unfit?(codec: VideoCodec): void;
};
