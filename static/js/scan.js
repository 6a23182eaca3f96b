// The button for the camera on the page of verification. What the code says goes into the forms that are there already.
const place = document.querySelector("[data-scan]");
const part = (name) => place.querySelector(`[data-scan-${name}]`);
const start = part("start"), end = part("end"), view = part("view"), said = part("said");
let stop = null;

const say = (name) => { said.textContent = name ? said.dataset[name] : ""; };

function close() {
  stop?.();
  stop = null;
  view.hidden = end.hidden = true;
  start.hidden = false;
}

function handOver({ number, code, address }) {
  say("found");
  if (address) {
    const form = document.querySelector("form[data-square-code]");
    form.elements.address.value = address;
    form.submit();
    return;
  }
  const form = document.getElementById("number").form;
  form.elements.number.value = number;
  form.elements.code.value = code;
  form.requestSubmit();
}

async function open(module) {
  const found = (text) => {
    const meant = module.understood(text);
    if (!meant) { say("other"); return false; }
    close();
    handOver(meant);
    return true;
  };
  start.hidden = true;
  say("looking");
  try {
    view.hidden = end.hidden = false;
    stop = await module.look(view.querySelector("video"), place.dataset.decoder, found);
    end.focus();
  } catch (error) {
    close();
    say({ NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "none", OverconstrainedError: "none" }[error.name] ?? "failed");
    start.focus();
  }
}

async function photo(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  say("looking");
  const module = await import(place.dataset.reader);
  const meant = module.understood(await module.readPhoto(file, place.dataset.decoder).catch(() => ""));
  if (meant) handOver(meant);
  else say("empty");
}

if (place) {
  place.hidden = false;
  start.hidden = !navigator.mediaDevices?.getUserMedia;
  start.addEventListener("click", async () => open(await import(place.dataset.reader)));
  end.addEventListener("click", () => { close(); say(""); start.focus(); });
  part("photo").addEventListener("change", photo);
  addEventListener("pagehide", close);
}
