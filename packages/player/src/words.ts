import { isSoundCodec } from "./codec-name.ts";
import type { Action, State } from "./state.ts";

type Sentences = Readonly<Record<State, readonly [word: string, sentence: string]>>;

type Name =
  | "play"
  | "pause"
  | "mute"
  | "unmute"
  | "tapForSound"
  | "volume"
  | "goLive"
  | "behind"
  | "seek"
  | "quality"
  | "auto"
  | "captions"
  | "details"
  | "help"
  | "pictureInPicture"
  | "fullScreen"
  | "soundOnly"
  | "player"
  | "close"
  | "delay"
  | "protocol"
  | "picture"
  | "sound"
  | "received"
  | "frames"
  | "shown"
  | "dropped"
  | "nothing"
  | "keyPlay"
  | "keySound"
  | "keyFull"
  | "keySeek"
  | "keyVolume"
  | "keyLive"
  | "keyCaptions"
  | "keyHelp";

/** Everything that the player says, in one language. */
export type Words = {
  readonly states: Sentences;
  readonly actions: Readonly<Record<Action, string>>;
  /** A codec that this browser does not play; "" where even its name is not known. */
  unsupported(codec: string, isSound: boolean): string;
  /** What the viewer can do about it, by the codec's name; "" for the others. */
  readonly advice: Readonly<Record<string, string>>;
} & Readonly<Record<Name, string>>;

const english: Words = {
  states: {
    idle: ["Ready", ""],
    connecting: ["Connecting", "Connecting …"],
    waiting: ["Not live", "Nobody is live here yet. The picture starts by itself as soon as someone is."],
    live: ["Live", ""],
    playing: ["Playing", ""],
    held: ["Interrupted", "The broadcaster's connection was lost. The picture goes on as soon as it is back."],
    slow: ["Waiting", "No picture is coming in. Waiting for it …"],
    ended: ["Ended", "The stream has ended. Should it start again, it plays here by itself."],
    lost: ["Reconnecting", "The connection was lost. Connecting again …"],
    offline: ["No connection", "The server cannot be reached. Trying again …"],
    denied: ["Not allowed", "You may not watch this stream."],
    stopped: ["Paused", ""],
    paused: ["Paused", "Paused. It goes on with what is live then."],
    blocked: ["Ready", "Your browser waits for a click before it plays."],
    unsupported: ["Not supported", "This browser cannot play this stream."],
    incapable: ["Not supported", "This browser cannot play live streams from here."],
  },
  actions: {
    play: "Play",
    retry: "Try again",
    again: "Play again",
    soundOnly: "Listen to the sound",
    pictureOnly: "Watch without sound",
  },
  unsupported: (codec, isSound) =>
    `This browser cannot play this stream's ${isSound ? "sound" : "picture"}${codec ? `, which is ${codec}` : ""}.`,
  advice: {
    "HEVC (H.265)": "Safari plays it, and so do Chrome and Edge where the hardware decodes it.",
    "VVC (H.266)": "No browser plays it yet; a program such as ffplay does.",
    AV1: "A newer Chrome, Edge or Firefox plays it, and so does Safari on newer devices.",
    VP9: "A newer browser plays it.",
    VP8: "No browser plays it in this form; a program such as ffplay does.",
    "Dolby Digital": "Safari plays it, and so does Edge.",
    "": "Another browser may play it.",
  },
  play: "Play",
  pause: "Pause",
  mute: "Turn the sound off",
  unmute: "Turn the sound on",
  tapForSound: "Tap for sound",
  volume: "Volume",
  goLive: "Go to live",
  behind: "behind",
  seek: "Position",
  quality: "Quality",
  auto: "Auto",
  captions: "Captions",
  details: "Details",
  help: "Keys",
  pictureInPicture: "Picture in picture",
  fullScreen: "Full screen",
  soundOnly: "Sound only",
  player: "Video player",
  close: "Close",
  delay: "Delay",
  protocol: "Over",
  picture: "Picture",
  sound: "Sound",
  received: "Received",
  frames: "Frames",
  shown: "shown",
  dropped: "left out by this browser",
  nothing: "none",
  keyPlay: "play, pause",
  keySound: "sound on, off",
  keyFull: "full screen",
  keySeek: "10 s back, 10 s on",
  keyVolume: "louder, quieter",
  keyLive: "go to live",
  keyCaptions: "captions",
  keyHelp: "these keys",
};

const german: Words = {
  states: {
    idle: ["Bereit", ""],
    connecting: ["Verbinden", "Verbinden …"],
    waiting: ["Nicht live", "Hier sendet noch niemand. Das Bild startet von selbst, sobald es losgeht."],
    live: ["Live", ""],
    playing: ["Läuft", ""],
    held: ["Unterbrochen", "Die Verbindung des Senders ist abgerissen. Es geht weiter, sobald sie wieder da ist."],
    slow: ["Warten", "Es kommt gerade kein Bild an. Warten …"],
    ended: ["Zu Ende", "Der Stream ist zu Ende. Beginnt er wieder, läuft er hier von selbst."],
    lost: ["Neu verbinden", "Die Verbindung ist abgerissen. Neu verbinden …"],
    offline: ["Keine Verbindung", "Der Server ist nicht zu erreichen. Neuer Versuch …"],
    denied: ["Nicht erlaubt", "Du darfst diesen Stream nicht ansehen."],
    stopped: ["Pause", ""],
    paused: ["Pause", "Pause. Weiter geht es mit dem, was dann live ist."],
    blocked: ["Bereit", "Dein Browser wartet auf einen Klick, bevor er abspielt."],
    unsupported: ["Nicht unterstützt", "Dieser Browser kann diesen Stream nicht abspielen."],
    incapable: ["Nicht unterstützt", "Dieser Browser kann hier keine Livestreams abspielen."],
  },
  actions: {
    play: "Abspielen",
    retry: "Noch einmal versuchen",
    again: "Noch einmal abspielen",
    soundOnly: "Nur den Ton hören",
    pictureOnly: "Ohne Ton ansehen",
  },
  unsupported: (codec, isSound) =>
    `Dieser Browser kann ${isSound ? "den Ton" : "das Bild"} dieses Streams nicht abspielen${codec ? ` (${codec})` : ""}.`,
  advice: {
    "HEVC (H.265)": "Safari kann es, ebenso Chrome und Edge, wo die Hardware es decodiert.",
    "VVC (H.266)": "Das kann noch kein Browser; ein Programm wie ffplay kann es.",
    AV1: "Ein neuerer Chrome, Edge oder Firefox kann es, ebenso Safari auf neueren Geräten.",
    VP9: "Ein neuerer Browser kann es.",
    VP8: "In dieser Form kann es kein Browser; ein Programm wie ffplay kann es.",
    "Dolby Digital": "Safari kann es, ebenso Edge.",
    "": "Ein anderer Browser kann es vielleicht.",
  },
  play: "Abspielen",
  pause: "Pause",
  mute: "Ton aus",
  unmute: "Ton an",
  tapForSound: "Antippen für Ton",
  volume: "Lautstärke",
  goLive: "Zum Livebild",
  behind: "zurück",
  seek: "Position",
  quality: "Qualität",
  auto: "Automatisch",
  captions: "Untertitel",
  details: "Details",
  help: "Tasten",
  pictureInPicture: "Bild im Bild",
  fullScreen: "Vollbild",
  soundOnly: "Nur Ton",
  player: "Videoplayer",
  close: "Schließen",
  delay: "Verzögerung",
  protocol: "Über",
  picture: "Bild",
  sound: "Ton",
  received: "Empfangen",
  frames: "Bilder",
  shown: "gezeigt",
  dropped: "von diesem Browser ausgelassen",
  nothing: "keins",
  keyPlay: "abspielen, Pause",
  keySound: "Ton an, aus",
  keyFull: "Vollbild",
  keySeek: "10 s zurück, 10 s vor",
  keyVolume: "lauter, leiser",
  keyLive: "zum Livebild",
  keyCaptions: "Untertitel",
  keyHelp: "diese Tasten",
};

/** The words for a language tag (RFC 5646); English where there are none. */
export function wordsFor(language: string): Words {
  return /^de\b/i.test(language) ? german : english;
}

/** The sentence for a state. */
export function sentenceFor(words: Words, state: State, codec: string | undefined): string {
  if (state !== "unsupported" || !codec) return words.states[state][1];
  return `${words.unsupported(codec, isSoundCodec(codec))} ${words.advice[codec] ?? words.advice[""]}`;
}
