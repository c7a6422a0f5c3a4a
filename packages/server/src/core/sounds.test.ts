import assert from "node:assert/strict";
import test from "node:test";
import { type Amf, dataTrack, encodeData, type Packet } from "@sluice/media";
import { sentPictures, sentSounds } from "../../testing/multitrack.ts";
import { soundsOf } from "./sounds.ts";

const tracks = [...sentPictures, ...sentSounds, { ...sentSounds[1], id: 7 }];
const metadata = (content: Amf): Packet => ({
  ...{ kind: "data", track: dataTrack, dtsUs: 0, ptsUs: 0, keyframe: false },
  data: encodeData("onMetaData", content),
});
const said = (content: Amf) =>
  soundsOf(tracks, metadata(content)).map(({ name, language }) => [
    name,
    ...(language === undefined ? [] : [language]),
  ]);

test("sounds have the names and languages that the publisher gives them, and numbers where it gives none", () => {
  assert.deepEqual(
    soundsOf(tracks, undefined).map(({ name, track }) => [name, track.id]),
    [
      ["Audio 1", 0],
      ["Audio 2", 1],
      ["Audio 8", 7],
    ],
  );
  assert.deepEqual(said({ language: "en", audioTrackIdInfoMap: { 1: { title: "Kommentar", lang: "de-AT" }, 7: {} } }), [
    ["Audio 1", "en"],
    ["Kommentar", "de-AT"],
    ["Audio 8"],
  ]);
  assert.deepEqual(said({ audioTrackIdInfoMap: { 0: { name: "Live" }, 1: { name: "VOD" } } }), [
    ["Live"],
    ["VOD"],
    ["Audio 8"],
  ]);
});

test("no two sounds have the same name; what has no form in a playlist is left out", () => {
  const map = { 0: { name: 'a "b"\r\n#EXTM3U' }, 1: { name: "x" }, 7: { name: "x" } };
  assert.deepEqual(said({ audioTrackIdInfoMap: map }), [["a b#EXTM3U"], ["x"], ["x (2)"]]);
  assert.equal(said({ audioTrackIdInfoMap: { 1: { name: "é".repeat(500) } } })[1]?.[0]?.length, 64);
  for (const language of ['e"n', "english please", 7, "", null])
    assert.deepEqual(said({ audioTrackIdInfoMap: { 1: { language } } })[1], ["Audio 2"]);
});

test("metadata that says something else says nothing", () => {
  for (const content of [null, 1, "map", { audioTrackIdInfoMap: 1 }, { audioTrackIdInfoMap: { 1: "VOD", x: {} } }])
    assert.deepEqual(said(content)[1], ["Audio 2"]);
});
