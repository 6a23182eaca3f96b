// The attempt page: saves answers as they are given, says honestly whether they are saved, and counts down.
// The server keeps the time and decides; without this file the page works as one form.

const form = document.getElementById("attempt");
const words = form.dataset;
const storageKey = `attempt-${words.attempt}`;
const SAVE_AFTER = 3000; // after the last change
const SAVE_AT_LEAST_EVERY = 30000;

const sections = new Map();
for (const section of form.querySelectorAll("[data-slot]")) {
  sections.set(section.dataset.slot, {
    section,
    sequence: form.elements[`s${section.dataset.slot}`],
    inputs: [...section.querySelectorAll("input[name^=q]")],
  });
}

const pending = new Set(); // slots that the server does not have yet
let sending = false;
let timer = null;
let readOnly = false;

const answerOf = (slot) => sections.get(slot).inputs.filter((input) => input.checked).map((input) => input.value);

function choose(slot, keys) {
  for (const input of sections.get(slot).inputs) input.checked = keys.includes(input.value);
}

// --- What the bar says -----------------------------------------------------------------------------

const stateLine = form.querySelector("[data-saving-state]");
const stateText = form.querySelector("[data-saving-text]");
stateLine.hidden = false;
form.querySelector("[data-plain-save]").hidden = true;

function say(state) {
  const text = { saved: words.saved, saving: words.saving, unsaved: words.unsaved, offline: words.offline }[state];
  stateLine.dataset.state = state;
  if (stateText.textContent !== text) stateText.textContent = text;
}

function count() {
  let answered = 0;
  for (const slot of sections.keys()) if (answerOf(slot).length) answered += 1;
  form.querySelector("[data-count]").textContent = answered;
}

function notice(text, { reload = false } = {}) {
  const box = form.querySelector("[data-notice]");
  box.querySelector("[data-notice-text]").textContent = text;
  box.querySelector("[data-notice-reload]").hidden = !reload;
  box.hidden = false;
}

// --- Keeping answers on the device until the server has them ---------------------------------------

function keep() {
  try {
    if (!pending.size) return localStorage.removeItem(storageKey);
    const kept = {};
    for (const slot of pending) kept[slot] = { answer: answerOf(slot), base: Number(sections.get(slot).sequence.value) };
    localStorage.setItem(storageKey, JSON.stringify(kept));
  } catch {
    // A browser without storage: the page itself still keeps the answers.
  }
}

function restore() {
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(storageKey) || "{}");
  } catch {
    return;
  }
  for (const [slot, { answer, base }] of Object.entries(kept)) {
    // Only what continues the state of the server; anything older was overtaken in another window.
    if (sections.has(slot) && Number(sections.get(slot).sequence.value) === base) {
      choose(slot, answer);
      pending.add(slot);
    }
  }
  keep();
  count();
  if (pending.size) send();
}

// --- Sending ---------------------------------------------------------------------------------------

function csrf() {
  // The cookie, not the form: signing in again in another window changes it.
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
}

function freeze(text) {
  readOnly = true;
  for (const { section } of sections.values()) section.disabled = true;
  for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
  notice(text, { reload: true });
}

async function send() {
  clearTimeout(timer);
  if (sending || readOnly || !pending.size) return;
  sending = true;
  say("saving");
  const sent = {};
  for (const slot of pending) sent[slot] = { answer: answerOf(slot), sequence: Number(sections.get(slot).sequence.value) + 1 };
  let response;
  try {
    response = await fetch(words.save, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrftoken": csrf() },
      body: JSON.stringify({ answers: sent }),
      signal: AbortSignal.timeout(15000),
      keepalive: true,
    });
  } catch {
    sending = false;
    say("offline");
    timer = setTimeout(send, 5000);
    return;
  }
  sending = false;
  const result = (response.headers.get("content-type") || "").includes("json") ? await response.json() : {};
  if (response.ok) {
    for (const [slot, sequence] of Object.entries(result.saved)) {
      sections.get(slot).sequence.value = sequence;
      // What was changed while it was on its way stays pending.
      if (JSON.stringify(answerOf(slot)) === JSON.stringify(sent[slot].answer)) pending.delete(slot);
    }
    keep();
    resync(result.remaining);
    if (pending.size) later(); else say("saved");
  } else if (response.status === 409) {
    pending.clear();
    keep();
    for (const [slot, newest] of Object.entries(result.newest)) {
      choose(slot, newest.answer);
      sections.get(slot).sequence.value = newest.sequence;
    }
    count();
    say("unsaved");
    freeze(result.message);
  } else if (response.status === 410) {
    pending.clear();
    keep();
    location.assign(result.url);
  } else {
    say("offline");
    if (result.message) notice(result.message);
    timer = setTimeout(send, 10000);
  }
}

function later() {
  say("unsaved");
  clearTimeout(timer);
  timer = setTimeout(send, SAVE_AFTER);
}

form.addEventListener("change", (event) => {
  const section = event.target.closest("[data-slot]");
  if (!section) return;
  pending.add(section.dataset.slot);
  keep();
  count();
  later();
});
setInterval(send, SAVE_AT_LEAST_EVERY);
addEventListener("online", send);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") send();
});
form.addEventListener("submit", () => {
  clearTimeout(timer);
  form.elements.csrfmiddlewaretoken.value = csrf();
  try {
    localStorage.removeItem(storageKey); // the form carries everything
  } catch {
    // Nothing was kept.
  }
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // came back by the back button: show what the server knows
});

// --- The clock -------------------------------------------------------------------------------------

const clock = form.querySelector("[data-remaining]");
let endsAt = null;
let before = Infinity;

function resync(remaining) {
  if (clock && remaining !== null && remaining !== undefined) endsAt = performance.now() + remaining * 1000;
}

function tick() {
  const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
  const minutes = Math.floor(left / 60);
  clock.querySelector("[data-timer]").textContent = `${minutes}:${String(left % 60).padStart(2, "0")}`;
  clock.toggleAttribute("data-short", left <= 300);
  const announcer = form.querySelector("[data-announcer]");
  for (const moment of [600, 300, 60, 30]) {
    if (before > moment && left <= moment && before !== Infinity) announcer.textContent = announcer.dataset[`at-${moment}`];
  }
  before = left;
  if (left === 0 && !readOnly) {
    readOnly = true;
    clearInterval(ticking);
    const alarm = form.querySelector("[data-alarm]");
    alarm.textContent = alarm.dataset.up;
    const action = form.querySelector("[data-action]");
    action.value = "time_up";
    action.disabled = false;
    form.elements.csrfmiddlewaretoken.value = csrf();
    form.submit();
  }
}

let ticking;
if (clock) {
  clock.querySelector("[data-timer-label]").hidden = false;
  resync(Number(clock.dataset.remaining));
  tick();
  ticking = setInterval(tick, 1000);
}
restore();
