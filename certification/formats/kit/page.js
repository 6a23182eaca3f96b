// The page around the rules: a file or an address goes in, one of seven words comes out.
"use strict";
(() => {
  const told = (id) => JSON.parse(document.getElementById(id).textContent);
  const trust = told("trust"), words = told("words");
  const ICONS = { valid: "✓", expired: "◷", suspended: "‖", revoked: "✕", replaced: "↻", not_genuine: "⚠", cannot_check: "?" };
  const MARKS = { yes: "✓", no: "✕", open: "?" };
  const at = (id) => document.getElementById(id);
  const wanted = (navigator.languages ?? []).map((each) => each.toLowerCase());
  let language = wanted.map((each) => (each.startsWith("sr-latn") ? "sr-latn" : each.slice(0, 2))).find((each) => each in words) ?? "sq";
  let last = null;
  let asked = 0; // how many were handed in, so that a slow answer to an earlier one does not come over a later one

  const day = (written) => (written ? written.slice(0, 10).split("-").reverse().join(".") : "");
  const say = (sentence) => sentence.replace("{date}", day(trust.made));

  function line(tag, content, name) {
    const element = document.createElement(tag);
    element.textContent = content;
    if (name) element.className = name;
    return element;
  }

  function show() {
    const now = words[language];
    document.documentElement.lang = { sr: "sr-Cyrl", "sr-latn": "sr-Latn" }[language] ?? language;
    document.title = now.title;
    for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(now[element.dataset.word]);
    for (const button of at("languages").children) button.setAttribute("aria-pressed", String(button.value === language));
    at("who").textContent = `${now.issuer}: ${trust.issuer.names[language] ?? trust.issuer.names.sq ?? trust.issuer.names.en ?? ""} (${trust.issuer.did})`;
    at("demo").hidden = !trust.demo;
    const answer = at("answer");
    answer.replaceChildren();
    answer.className = "";
    delete answer.dataset.verdict;
    if (last === "working") answer.append(line("p", now.working, "soft"));
    if (last === null || last === "working") return;
    const verdict = now.verdicts[last.verdict];
    answer.className = `answer answer--${last.verdict}`;
    answer.dataset.verdict = last.verdict;
    const head = line("h2", "");
    const icon = line("span", ICONS[last.verdict], "icon");
    icon.setAttribute("aria-hidden", "true");
    head.append(icon, ` ${verdict.word}`);
    answer.append(head, line("p", verdict.sentence));
    if (last.reason) answer.append(line("p", now.reasons[last.reason]));
    if (last.facts) {
      const list = line("dl", "");
      for (const [name, value] of Object.entries(last.facts)) {
        if (!value) continue;
        list.append(line("dt", now.facts[name]), line("dd", name === "from" || name === "until" ? day(value) : value));
      }
      answer.append(list);
      if (last.isDocument) answer.append(line("p", now.compare));
    }
    if (last.checks.length) {
      const list = line("ul", "");
      for (const { name, outcome } of last.checks) list.append(line("li", `${MARKS[outcome]} ${now.checks[name][outcome]}`));
      answer.append(line("h3", now.checked), list);
    }
    if (last.witnessed) answer.append(line("p", (last.isLate ? now.late : now.witnessed).replace("{date}", day(last.witnessed.slice(0, 10)))));
    answer.append(line("h3", now.limits), line("p", now.identity), line("p", say(now.as_of), "soft"));
  }

  // `given` is a text, or a file that is still to be read. The answer before is taken away at once.
  async function examine(given) {
    const mine = (asked += 1);
    last = "working";
    show();
    const found = await globalThis.deshmi.examine(typeof given === "string" ? given : new Uint8Array(await given.arrayBuffer()), trust);
    if (mine !== asked) return;
    last = found;
    show();
    at("answer").focus();
  }
  const examineFile = async (file) => { if (file) await examine(file); };

  for (const [code, each] of Object.entries(words)) {
    const button = line("button", each.language);
    Object.assign(button, { type: "button", value: code });
    button.lang = { sr: "sr-Cyrl", "sr-latn": "sr-Latn" }[code] ?? code;
    button.addEventListener("click", () => { language = code; show(); });
    at("languages").append(button);
  }
  at("file").addEventListener("change", (event) => examineFile(event.target.files[0]));
  at("form").addEventListener("submit", (event) => { event.preventDefault(); examine(at("address").value.trim()); });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => { event.preventDefault(); examineFile(event.dataTransfer.files[0]); });
  show();
  globalThis.deshmiPage = { examine, made: trust.made, word: (name) => say(words[language][name]), show };
  globalThis.crypto.subtle.importKey("raw", new Uint8Array(32), { name: "Ed25519" }, false, ["verify"]).catch(() => { at("too_old").hidden = false; });
})();
