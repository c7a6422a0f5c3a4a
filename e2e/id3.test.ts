import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import test from "node:test";
import { id3Tag } from "@sluice/media";
import { folder, sound } from "./clips.ts";
import { ffmpeg, missing, peer } from "./peers.ts";

test("ffprobe reads the texts and the private bytes of our ID3 tags", {
  skip: missing("ffmpeg", "ffprobe"),
}, async (t) => {
  mkdirSync(folder, { recursive: true });
  const file = `${folder}id3-${process.pid}.mp3`;
  t.after(() => rmSync(file, { force: true }));
  const made = await ffmpeg(`${sound(1)} -c:a libmp3lame -id3v2_version 0 -write_id3v1 0 -y`, file).done;
  assert.equal(made.code, 0, made.err);
  const tag = id3Tag([
    { kind: "text", description: "title of the cue", value: "größer als 127 ".repeat(20) },
    { kind: "private", owner: "com.example.cue", data: Buffer.from("ab\0c") },
    { kind: "text", description: "second", value: "" },
  ]);
  const before = readFileSync(file);
  writeFileSync(file, Buffer.concat([tag, before]));
  const { out, err } = await peer("ffprobe", ["-v", "warning", "-show_entries", "format_tags", "-of", "json", file])
    .done;
  assert.equal(err, "");
  const { tags } = JSON.parse(out).format;
  assert.equal(tags["title of the cue"], "größer als 127 ".repeat(20));
  assert.equal(tags["id3v2_priv.com.example.cue"], "ab\\x00c");
});
