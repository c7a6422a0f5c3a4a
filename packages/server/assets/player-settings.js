/** How the ways were called before there were others. */
const formerly = { http: "flv", websocket: "ws-flv" };

/** Takes what is meant for the player out of the query of a page; the rest goes on to the media. */
export function takePlayerSettings(player, query) {
  const over = query.get("over");
  if (over) player.setAttribute("prefer", formerly[over] ?? over);
  if (query.has("muted")) player.toggleAttribute("muted", query.get("muted") !== "0");
  if (query.get("autoplay") === "0") player.removeAttribute("autoplay");
  if (query.get("controls") === "0") player.removeAttribute("controls");
  if (query.has("lang")) player.setAttribute("lang", query.get("lang"));
  for (const name of ["over", "muted", "autoplay", "controls", "lang"]) query.delete(name);
}
