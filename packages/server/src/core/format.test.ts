import assert from "node:assert/strict";
import test from "node:test";
import type { AudioTrack, VideoTrack } from "@sluice/media";
import { audioTrack, videoTrack } from "../../testing/synthetic.ts";
import { opening } from "./format.ts";

test("who joins later gets what was said of colours and channels right behind the configurations", () => {
  const picture: VideoTrack = { ...videoTrack, colorInfo: { primaries: 9, transfer: 16 } };
  const sound: AudioTrack = { ...audioTrack, channelMap: { kind: "native", count: 2, mask: 3 } };
  const packets = opening({ position: 0, dtsUs: 5_000_000, tracks: [picture, sound], metadata: undefined });
  assert.deepEqual(
    packets.map(({ kind, track, dtsUs }) => `${kind} ${track.kind} ${dtsUs}`),
    ["config video 5000000", "extra video 5000000", "config audio 5000000", "extra audio 5000000"],
  );
});
