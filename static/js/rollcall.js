// Roll call: every tap is kept on the phone until the server has answered for it, and the bar says so honestly.
const form = document.querySelector("[data-rollcall]");
const rows = [...form.querySelectorAll(".rc-row")];
const rowOf = new Map(rows.map((row) => [Number(row.dataset.enrolment), row]));
const STORE = `rollcall:${form.dataset.rollcall}:${form.dataset.user}`;
const said = (key, values = {}) => form.dataset[key].replace(/%\((\w+)\)s/g, (_whole, name) => values[name]);
const sync = form.querySelector("[data-sync]");
const undoButton = form.querySelector("[data-undo]");
const reason = form.querySelector("[name=reason]");

// --- What is on the phone and not yet with the server ---
let queue = [];
try {
  queue = JSON.parse(localStorage.getItem(STORE)) || [];
} catch {
  queue = [];
}
const undoable = [];
let sending = false;
let savedAt = "";
let trouble = "";
let wait = 2000;
let timer = 0;

function keep() {
  try {
    if (queue.length) localStorage.setItem(STORE, JSON.stringify(queue));
    else localStorage.removeItem(STORE);
  } catch {
    // A full or forbidden store: the taps live as long as the page does, and the bar still counts them.
  }
}

// --- One row ---
const field = (row, name) => row.querySelector(`[name="${name}-${row.dataset.enrolment}"]`);
const choice = (row, value) => row.querySelector(`input[value="${value}"]`);

function read(row) {
  return {
    value: row.querySelector("input[type=radio]:checked")?.value || "unmarked",
    late: Number(field(row, "late").value) || 0,
    early: Number(field(row, "early").value) || 0,
    remark: field(row, "remark").value.trim(),
  };
}

function show(row, { value, late, early, remark }) {
  choice(row, value).checked = true;
  field(row, "late").value = late;
  field(row, "early").value = early;
  field(row, "remark").value = remark;
  row.dataset.value = value;
  const words = [`<span class="rc-state__word">${choice(row, value).nextElementSibling.textContent}</span>`];
  if (late) words.push(said("tLate", { count: late }));
  if (early) words.push(said("tEarly", { count: early }));
  const state = row.querySelector("[data-state]");
  state.innerHTML = words.join(" · ");
  if (remark) state.append(` · ${remark}`);
}

const same = (one, other) => ["value", "late", "early", "remark"].every((key) => one[key] === other[key]);
const held = new Map(rows.map((row) => [row, read(row)]));

function note(row, text) {
  row.querySelector("[data-note]").textContent = text;
}

// --- Saying something ---
function tap(row, now, seen = Number(row.dataset.seen)) {
  const enrolment = Number(row.dataset.enrolment);
  const waiting = queue.find((each) => each.enrolment === enrolment && !each.sent);
  const client = crypto.randomUUID ? crypto.randomUUID() : uuid();
  const said = { client, enrolment, ...now, seen: waiting ? waiting.seen : seen, captured: new Date().toISOString() };
  queue = queue.filter((each) => each !== waiting);
  queue.push(said);
  held.set(row, now);
  show(row, now);
  note(row, "");
  row.dataset.waiting = "";
}

function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

function say(changes) {
  const before = changes.map(([row]) => [row, held.get(row)]);
  for (const [row, now] of changes) tap(row, now);
  if (before.length) undoable.push(before);
  keep();
  paint();
  soon(250);
}

function changed(row) {
  const now = read(row);
  if (now.value === "absent" || now.value === "excused" || now.value === "unmarked") now.late = now.early = 0;
  if (!same(now, held.get(row))) say([[row, now]]);
}

function undo() {
  const before = undoable.pop();
  if (!before) return;
  for (const [row, then] of before) tap(row, then);
  keep();
  paint();
  before[0][0].scrollIntoView({ block: "nearest" });
  soon(0);
}

function restPresent() {
  const open = rows.filter((row) => held.get(row).value === "unmarked" && !row.querySelector("fieldset").disabled);
  say(open.map((row) => [row, { ...held.get(row), value: "present" }]));
}

// --- Sending ---
function soon(delay) {
  clearTimeout(timer);
  timer = setTimeout(send, delay);
}

async function send() {
  if (sending || !queue.length) return;
  if (form.hasAttribute("data-locked") && !reason.value.trim()) {
    trouble = "reason";
    paint();
    return;
  }
  sending = true;
  trouble = "";
  const batch = queue.slice(0, 500);
  for (const each of batch) each.sent = true;
  paint();
  try {
    const answer = await fetch(form.dataset.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: JSON.stringify({ taps: batch, reason: reason ? reason.value : "" }),
      redirect: "manual",
    });
    if (answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404) trouble = "signIn";
    else if (answer.status === 409) refuseAll((await answer.json()).refused, batch);
    else if (!answer.ok) trouble = "waiting";
    else settle(await answer.json());
  } catch {
    trouble = "waiting";
  }
  sending = false;
  for (const each of queue) delete each.sent;
  keep();
  paint();
  if (!trouble && queue.length) soon(0);
  else if (trouble === "waiting") {
    soon(wait);
    wait = Math.min(wait * 2, 30000);
  }
}

function settle({ outcomes, at }) {
  wait = 2000;
  const answered = new Set(outcomes.map((outcome) => outcome.client));
  queue = queue.filter((each) => !answered.has(each.client));
  for (const outcome of outcomes) {
    const row = rowOf.get(outcome.enrolment);
    if (!row) continue;
    row.dataset.seen = outcome.mark;
    const later = queue.find((each) => each.enrolment === outcome.enrolment);
    if (later) {
      later.seen = outcome.mark;
      continue;
    }
    delete row.dataset.waiting;
    if (outcome.message) {
      note(row, outcome.message);
      const now = { value: outcome.value, late: outcome.late, early: outcome.early, remark: outcome.remark };
      held.set(row, now);
      show(row, now);
    }
  }
  savedAt = at;
}

function refuseAll(message, batch) {
  const refused = new Set(batch.map((each) => each.client));
  queue = queue.filter((each) => !refused.has(each.client));
  for (const each of batch) {
    const row = rowOf.get(each.enrolment);
    if (row) note(row, message);
  }
  trouble = "refused";
}

// --- What the page says ---
function paint() {
  const counts = { present: 0, late: 0, absent: 0, unmarked: 0 };
  for (const row of rows) {
    const { value } = held.get(row);
    if (value in counts) counts[value] += 1;
  }
  const marked = rows.length - counts.unmarked;
  form.querySelector("[data-count]").textContent = said("tCount", { marked, total: rows.length });
  for (const [value, count] of Object.entries(counts)) {
    const tally = form.querySelector(`[data-tally="${value}"]`);
    tally.firstElementChild.textContent = count;
    tally.toggleAttribute("data-zero", !count);
  }
  form.querySelector("[data-meter]").style.width = `${rows.length ? (100 * marked) / rows.length : 0}%`;
  undoButton.disabled = !undoable.length;
  const count = queue.length;
  let kind = "clean";
  let text = said("tClean");
  if (trouble === "signIn") [kind, text] = ["waiting", said("tSignIn", { count })];
  else if (trouble === "reason") [kind, text] = ["pending", said("tReason")];
  else if (trouble === "refused") [kind, text] = ["pending", said("tRefused")];
  else if (count && (trouble === "waiting" || !navigator.onLine)) [kind, text] = ["waiting", said("tWaiting", { count })];
  else if (count) [kind, text] = ["pending", said(sending ? "tSaving" : "tPending", { count })];
  else if (savedAt) [kind, text] = ["saved", said("tSaved", { time: savedAt })];
  sync.dataset.kind = kind;
  if (sync.textContent !== text) sync.textContent = text;
}

// --- Finding a name: without marks, in either script ---
const CYRILLIC = Object.fromEntries(
  [..."абвгдежзијклмнопрстуфхцчш"].map((letter, at) => [letter, "abvgdezzijklmnoprstufhccs"[at]]),
);
Object.assign(CYRILLIC, { ђ: "d", љ: "lj", њ: "nj", ћ: "c", џ: "dz" });
const fold = (text) =>
  [...text.toLowerCase()]
    .map((letter) => CYRILLIC[letter] || letter)
    .join("")
    .replace(/đ/g, "d")
    .replace(/ı/g, "i")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

const find = form.querySelector("[data-find]");
find.addEventListener("input", () => {
  const words = fold(find.value);
  let shown = 0;
  for (const row of rows) {
    row.hidden = !words.every((word) => row.dataset.key.includes(word));
    if (!row.hidden) shown += 1;
  }
  form.querySelector("[data-none]").hidden = shown > 0;
});

// --- Keys ---
const MARKS = { 1: "present", p: "present", 2: "late", l: "late", 3: "absent", a: "absent" };

function focusOn(row) {
  const target = row.querySelector("input[type=radio]:checked") || choice(row, "present");
  if (target.closest(".rc-more__body")) choice(row, "present").focus();
  else target.focus();
  row.scrollIntoView({ block: "nearest" });
}

function neighbour(row, step) {
  const shown = rows.filter((each) => !each.hidden && !each.querySelector("fieldset").disabled);
  return shown[row ? shown.indexOf(row) + step : 0];
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  const typing = at.matches("input:not([type=radio]), textarea, select");
  if (typing && at !== find) {
    if (event.key === "Enter") event.preventDefault();
    return;
  }
  const row = at.closest(".rc-row");
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = neighbour(row, event.key === "ArrowDown" ? 1 : -1);
    if (next) focusOn(next);
    event.preventDefault();
  } else if (at === find) {
    if (event.key === "Enter") event.preventDefault();
  } else if (event.key === "/") {
    find.focus();
    event.preventDefault();
  } else if (event.key === "u") {
    undo();
    event.preventDefault();
  } else if (row && MARKS[event.key] && !row.querySelector("fieldset").disabled) {
    choice(row, MARKS[event.key]).checked = true;
    changed(row);
    const next = neighbour(row, 1);
    if (next) focusOn(next);
    event.preventDefault();
  }
});

// --- Start ---
form.addEventListener("change", (event) => {
  const row = event.target.closest(".rc-row");
  if (row) changed(row);
  else if (event.target === reason) soon(0);
});
form.addEventListener("submit", (event) => event.preventDefault());
form.querySelector("[data-rest]").addEventListener("click", restPresent);
undoButton.addEventListener("click", undo);
addEventListener("online", () => soon(0));
addEventListener("offline", paint);
document.addEventListener("visibilitychange", () => soon(0));
for (const each of queue) {
  delete each.sent;
  const row = rowOf.get(each.enrolment);
  if (!row) continue;
  const now = { value: each.value, late: each.late, early: each.early, remark: each.remark };
  held.set(row, now);
  show(row, now);
  row.dataset.waiting = "";
}
paint();
soon(0);
