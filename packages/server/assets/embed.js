import { takePlayerSettings } from "./player-settings.js";

const path = location.pathname.replace(/^\/embed/, "").replace(/\/+$/, "");
const query = new URLSearchParams(location.search);
const player = document.getElementById("player");
document.title = path.slice(1);
takePlayerSettings(player, query);
player.src = path + (query.size > 0 ? `?${query}` : "");
