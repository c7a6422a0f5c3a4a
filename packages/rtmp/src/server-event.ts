import type { AmfObject } from "@sluice/media";
import type { Address } from "./address.ts";
import type { Capabilities } from "./capabilities.ts";

/** What a client wants, or sends. `publish` and `play` are pending until they are accepted or rejected, and so is `connect` for a host that answers it. */
export type ServerEvent =
  | {
      readonly kind: "connect";
      readonly app: string;
      readonly tcUrl: string;
      readonly flashVer: string;
      readonly object: AmfObject;
      /** What it announces of Enhanced RTMP; undefined for a client that knows nothing of it, or does not say. */
      readonly capabilities: Capabilities | undefined;
    }
  | {
      readonly kind: "publish";
      readonly streamId: number;
      readonly address: Address;
      readonly type: "live" | "record" | "append";
    }
  | {
      readonly kind: "play";
      readonly streamId: number;
      readonly address: Address;
      /** Seconds into a recording, or what is live now. */
      readonly start: number | "live";
      /** Seconds; undefined until the end. */
      readonly duration: number | undefined;
    }
  /** Audio (8), video (9) or data (18, 15) of a stream that publishes, in order; `timestampMs` is 32 bits unsigned. */
  | {
      readonly kind: "media";
      readonly streamId: number;
      readonly type: number;
      readonly timestampMs: number;
      readonly body: Uint8Array;
    }
  /** The publisher says that it is finished. */
  | { readonly kind: "unpublish"; readonly streamId: number }
  /** The viewer stopped, or plays something else. */
  | { readonly kind: "stop"; readonly streamId: number }
  | { readonly kind: "pause"; readonly streamId: number; readonly paused: boolean }
  /** From now on the viewer wants this kind of media, or does not. */
  | {
      readonly kind: "receive";
      readonly streamId: number;
      readonly media: "audio" | "video";
      readonly wanted: boolean;
    };
