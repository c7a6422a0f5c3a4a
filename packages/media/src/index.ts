export { type Amf, type AmfObject, emptyObject, isAmfObject } from "./amf/amf.ts";
export { decodeAmf0, encodeAmf0, encodeData } from "./amf/amf0.ts";
export { sanitizeData } from "./amf/data-message.ts";
export { BitReader } from "./bytes/bit-reader.ts";
export { ByteReader } from "./bytes/byte-reader.ts";
export { ByteWriter } from "./bytes/byte-writer.ts";
export { Pieces } from "./bytes/pieces.ts";
export { audioFrameSamples } from "./codecs/audio-frame-samples.ts";
export { buildAv1Config } from "./codecs/av1-build.ts";
export { type VideoRange, videoRange } from "./codecs/colour.ts";
export { describeAudio, describeVideo, sameConfiguration, sameDecoding } from "./codecs/describe.ts";
export { describeByFrame } from "./codecs/describe-frame.ts";
export { type FlvBody, flvBody, flvTimeMs } from "./flv/body.ts";
export { FlvDemuxer } from "./flv/demuxer.ts";
export { type FlvForm, flvForm, usualForm } from "./flv/form.ts";
export { audioFourCc, fourCcText, videoFourCc } from "./flv/four-cc.ts";
export { FlvOutput, type FlvWanted } from "./flv/output.ts";
export { FlvReader, type FlvTag } from "./flv/reader.ts";
export { FlvTagType, flvHeader, flvTag, flvTagOverhead, writeFlvTag } from "./flv/tag.ts";
export { trackExtras } from "./flv/track-extras.ts";
export { type Id3Frame, id3EventScheme, id3Tag } from "./id3/id3-tag.ts";
export { MalformedError } from "./malformed-error.ts";
export { MatroskaDemuxer } from "./matroska/demuxer.ts";
export { fitsMatroska, matroskaFrame, matroskaHeader } from "./matroska/muxer.ts";
export { initSegment } from "./mp4/init-segment.ts";
export { type Mp4Fragment, type Mp4Sample, mediaFragment } from "./mp4/media-fragment.ts";
export { mp4Payload } from "./mp4/payload.ts";
export { fitsMp4 } from "./mp4/sample-entry.ts";
export { eventMessage, type Mp4Event, producerReferenceTime, segmentType } from "./mp4/segment-boxes.ts";
export { fitsTs, TsMuxer } from "./mpegts/muxer.ts";
export type { Packet } from "./packet.ts";
export { parseSplice, type Splice } from "./scte35/splice.ts";
export {
  type AudioCodec,
  type AudioTrack,
  asDefault,
  type ChannelMap,
  type ColorInfo,
  type DataTrack,
  dataTrack,
  type Track,
  type VideoCodec,
  type VideoTrack,
  withTrack,
} from "./track.ts";
