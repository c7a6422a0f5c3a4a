import { httpFlv } from "./http-flv/index.ts";
import { rtmp } from "./rtmp/index.ts";

/** Every protocol that this server speaks. To add one: its folder, and its line here. */
export const protocols = [rtmp, httpFlv] as const;
