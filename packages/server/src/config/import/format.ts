/** The servers whose configurations can be imported, with what they are called in words. */
export const servers = {
  nginx: "nginx-rtmp",
  srs: "SRS",
  mediamtx: "MediaMTX",
  "node-media-server": "Node-Media-Server",
} as const;

export type Server = keyof typeof servers;

const signs: readonly (readonly [Server, RegExp])[] = [
  ["node-media-server", /\bNodeMedia(?:Server|Cluster)\b|["']node-media-server["']|^\s*\{/],
  ["srs", /^\s*(?:vhost\s+\S+|http_server|http_api|rtc_server)\s*\{|^\s*srs_log_\w+\s/m],
  ["nginx", /^\s*(?:rtmp|events|http)\s*\{|^\s*(?:worker_processes|load_module|application)\s/m],
  [
    "mediamtx",
    /^(?:paths|pathDefaults|authMethod|authInternalUsers|(?:rtmp|rtmps|rtsp|hls|webrtc|srt|api)Address|logLevel|rtmp|rtsp|hls|webrtc)\s*:/m,
  ],
  ["node-media-server", /\b(?:module\.exports|export\s+default)\b[\s\S]{0,2000}\brtmp\s*:/],
  ["srs", /^\s*listen\s+[\d\s]+;/m],
];

/** Which server a configuration is of, told by what is in it; undefined where nothing tells. */
export function serverOf(text: string): Server | undefined {
  return signs.find(([, sign]) => sign.test(text))?.[0];
}
