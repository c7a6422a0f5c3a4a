import Hls, { type FragLoadingData, type HlsConfig } from "hls.js";

/** What hls.js keeps to itself of its reader of captions. */
type Reader = {
  lastSn: number;
  lastPartIndex: number;
  onFragLoading(event: string, data: FragLoadingData): void;
};

const HlsReader = Hls.DefaultConfig.timelineController as unknown as new (hls: Hls) => Reader;

/** hls.js 1.7.4 takes every part of a segment for a jump, and forgets the caption that it was reading (its issue 4297, once more): a part that follows is told to it as a segment that does. */
class CaptionReader extends HlsReader {
  override onFragLoading(event: string, data: FragLoadingData): void {
    const { sn, type } = data.frag;
    const follows = sn === this.lastSn && data.part?.index === this.lastPartIndex + 1;
    if (type === "main" && follows) this.lastSn--;
    super.onFragLoading(event, data);
  }
}

/** Captions in the picture (CEA-608), also where segments come in parts. */
export const captionReader = CaptionReader as unknown as NonNullable<HlsConfig["timelineController"]>;
