import { addAddress, serverFacts } from "./addresses.js";

const element = (id) => document.getElementById(id);
/** As in stream-name.ts. */
const segment = /^[A-Za-z0-9_~](?:\.?[A-Za-z0-9_~-])*$/;

if (location.pathname !== "/")
  element("note").textContent = "There is nothing at this address. Which stream do you look for?";

element("watch").addEventListener("submit", (event) => {
  event.preventDefault();
  const segments = element("stream").value.trim().split("/").filter(Boolean);
  if (segments.length === 1) segments.unshift("live");
  if (segments.length > 1 && segments.length <= 5 && segments.every((each) => segment.test(each)))
    location.href = `/${segments.join("/")}`;
  else
    element("note").textContent =
      "A stream's name is app/name, of letters, digits and . _ ~ - only, such as live/test.";
});

const { rtmp, keyNeeded } = await serverFacts();
const key = keyNeeded ? "?key=YOUR-KEY" : "";
element("key").hidden = !keyNeeded;
addAddress(element("addresses"), "OBS server", `${rtmp}/live`);
addAddress(element("addresses"), "OBS stream key", `test${key}`);
addAddress(element("addresses"), "ffmpeg", `ffmpeg -re -i video.mp4 -c copy -f flv "${rtmp}/live/test${key}"`);
