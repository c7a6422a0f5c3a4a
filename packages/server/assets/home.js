const server = `rtmp://${location.hostname}/live`;
document.getElementById("server").textContent = server;
document.getElementById("ffmpeg").textContent = `ffmpeg -re -i video.mp4 -c copy -f flv "${server}/test?key=YOUR-KEY"`;
document.getElementById("watch").addEventListener("submit", (event) => {
  event.preventDefault();
  location.href = `/${document.getElementById("stream").value.replace(/^\/+/, "")}`;
});
