import assert from "node:assert/strict";
import test from "node:test";
import { ladderOf } from "./ffmpeg-ladder.ts";

const cases: readonly { name: string; command: readonly string[]; rungs: unknown }[] = [
  {
    name: "several outputs",
    command:
      "/usr/bin/ffmpeg -re -i rtmp://localhost/src/$name -c:a aac -b:a 64k -c:v libx264 -b:v 256K -vf scale=480:-1 -f flv rtmp://localhost/hls/$name_low -c:v hevc_nvenc -b:v 2.5M -s hd720 -f flv rtmp://localhost/hls/$BRACES_hi"
        .replace("BRACES", "{name}")
        .split(" "),
    rungs: [
      { name: "low", width: 480, bitrate: 256 },
      { name: "hi", width: 1280, height: 720, bitrate: 2500, codec: "hevc" },
    ],
  },
  {
    name: "sound alone, and copies",
    command:
      "ffmpeg -i rtmp://localhost/a/$name -vn -c:a aac -f flv rtmp://localhost/b/$name_audio -c copy -f flv rtmp://localhost/b/$name_src".split(
        " ",
      ),
    rungs: ["audio"],
  },
  {
    name: "a shell's command line",
    command: [
      "bash",
      "-c",
      "ffmpeg -i rtmp://localhost/a/$name -c:v libx264 -s 640x360 -f flv 'rtmp://localhost/b/$name' 2>>/tmp/log",
    ],
    rungs: [{ width: 640, height: 360 }],
  },
  { name: "another program", command: ["/usr/local/bin/transcode.sh", "$name"], rungs: undefined },
  { name: "a copy only", command: "ffmpeg -i rtmp://a/b -c copy -f flv rtmp://c/d".split(" "), rungs: undefined },
  { name: "nothing", command: [], rungs: undefined },
];

for (const { name, command, rungs } of cases) {
  test(`a command line of FFmpeg as a ladder: ${name}`, () => assert.deepEqual(ladderOf(command), rungs));
}
