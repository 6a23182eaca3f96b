// What a site's copy of the offline verifier has beside the kit's own page: a browser keeps it, and it reads codes by camera.
const own = document.querySelector("script[data-worker]").dataset;
const { examine, word, show } = globalThis.deshmiPage;

function element(tag, name, ...inside) {
  const made = document.createElement(tag);
  if (name) made.dataset.word = name; // the page says it in the reader's language
  made.append(...inside);
  return made;
}

// --- The square code ---------------------------------------------------------------------------

const start = element("button", "scan"), end = element("button", "stop"), video = element("video"), said = element("p");
start.type = end.type = "button";
Object.assign(video, { muted: true, playsInline: true, hidden: true });
video.setAttribute("aria-hidden", "true");
said.setAttribute("role", "status");
end.hidden = true;
start.hidden = !navigator.mediaDevices?.getUserMedia;
const file = Object.assign(element("input"), { type: "file", accept: "image/*" });
const photo = element("label", "", element("span", "photo"), file);
photo.className = "photo";
const place = element("div", "", start, photo, video, end, said);
place.className = "scan";
document.getElementById("form").before(place);

let stop = null;
function close() {
  stop?.();
  stop = null;
  video.hidden = end.hidden = true;
  start.hidden = !navigator.mediaDevices?.getUserMedia;
}

const say = (name) => { said.textContent = name ? word(name) : ""; };

// Only the signed address says anything without a network.
function handOver(module, text) {
  if (!module.understood(text)?.address) { say("other"); return false; }
  say("");
  close();
  document.getElementById("address").value = text.trim();
  examine(text.trim().replace(/^http:/, "https:"));
  return true;
}

start.addEventListener("click", async () => {
  start.hidden = true;
  video.hidden = end.hidden = false;
  say("looking");
  try {
    const module = await import(own.reader);
    stop = await module.look(video, own.decoder, (text) => handOver(module, text));
  } catch {
    close();
    say("refused");
  }
});
end.addEventListener("click", () => { close(); say(""); start.focus(); });
addEventListener("pagehide", close);
file.addEventListener("change", async () => {
  const [chosen] = file.files;
  file.value = "";
  if (!chosen) return;
  const module = await import(own.reader);
  const text = await module.readPhoto(chosen, own.decoder).catch(() => "");
  if (text) handOver(module, text);
  else say("no_code");
});

// --- Kept on this device -----------------------------------------------------------------------

const kept = element("p");
kept.className = "soft";
kept.setAttribute("role", "status");
document.querySelector("main > p").after(kept);
async function tell() {
  const worker = await navigator.serviceWorker?.getRegistration().catch(() => null);
  kept.dataset.word = navigator.onLine ? "kept" : "offline";
  kept.hidden = !worker?.active;
  show();
}
if ("serviceWorker" in navigator) {
  await navigator.serviceWorker.register(own.worker).catch(() => null);
  navigator.serviceWorker.ready.then(tell);
  addEventListener("offline", tell);
  // Back on the network: a newer copy is kept for the next time.
  addEventListener("online", () => { fetch("./", { cache: "no-cache" }).catch(() => null); tell(); });
}
show();
