import { addAddress, serverFacts } from "./addresses.js";
import { takePlayerSettings } from "./player-settings.js";

const element = (id) => document.getElementById(id);
const path = location.pathname.replace(/\/+$/, "");
const query = new URLSearchParams(location.search);
const player = element("player");

document.title = `${path.slice(1)} · Sluice`;
element("name").textContent = path.slice(1);
takePlayerSettings(player, query);
const asked = query.size > 0 ? `?${query}` : "";
player.src = path + asked;

const { rtmp } = await serverFacts();
const address = (ending) => `${location.origin}${path}${ending}${asked}`;
for (const [name, url] of [
  ["RTMP", `${rtmp}${path}${asked}`],
  ["HTTP-FLV", address(".flv")],
  ["WebSocket-FLV", address(".flv").replace(/^http/, "ws")],
])
  addAddress(element("addresses"), name, url);

const frame = document.createElement("iframe");
frame.src = `${location.origin}/embed${path}${asked}`;
frame.width = "960";
frame.height = "540";
frame.title = path.slice(1);
frame.style.border = "0";
frame.allow = "autoplay; fullscreen; picture-in-picture";
addAddress(element("embed"), "HTML", frame.outerHTML);
addAddress(element("embed"), "Page", frame.src);
