import assert from "node:assert/strict";
import test from "node:test";
import { TranscodingError } from "../engine.ts";
import { parseVersion } from "./version.ts";

const versions = [
  { said: "ffmpeg version 5.1.9-0+deb12u1 Copyright (c)", text: "5.1.9-0+deb12u1", passthrough: "-fps_mode" },
  { said: "ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright", text: "4.4.2-0ubuntu0.22.04.1", passthrough: "-vsync" },
  { said: "ffmpeg version 5.0 Copyright", text: "5.0", passthrough: "-vsync" },
  { said: "ffmpeg version n8.1 Copyright", text: "n8.1", passthrough: "-fps_mode" },
  { said: "ffmpeg version 7.1.1-Jellyfin Copyright", text: "7.1.1-Jellyfin", passthrough: "-fps_mode" },
  { said: "ffmpeg version N-109468-gd39b34123d Copyright", text: "N-109468-gd39b34123d", passthrough: "-fps_mode" },
  { said: "ffmpeg version git-2020-08-31-4a11a6f Copyright", text: "git-2020-08-31-4a11a6f", passthrough: "-fps_mode" },
];
for (const { said, ...version } of versions) {
  test(`version ${version.text}`, () => assert.deepEqual(parseVersion(said), version));
}

for (const said of ["ffmpeg version 4.3.6-0+deb11u1 Copyright", "ffmpeg version 2.8 Copyright", "avconv 11", ""]) {
  test(`refused: ${JSON.stringify(said)}`, () => {
    const refused = (error: unknown) => error instanceof TranscodingError && error.code === "transcoding/ffmpeg";
    assert.throws(() => parseVersion(said), refused);
  });
}
