/* A lesson: says that it is being read, keeps ticks of checklists on this device.
   Sent to the browser in one file with knowledge_check.js (lms/pages/bundles.py). */

const article = document.querySelector("[data-lesson]");

// Said once, after some seconds of looking at it or on leaving: a page that a browser fetched ahead was not read.
if (article?.dataset.opened) {
  const SECONDS = 8;
  let isSaid = false;
  const say = () => {
    if (isSaid) return;
    isSaid = true;
    const words = new FormData();
    words.set("csrfmiddlewaretoken", document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "");
    navigator.sendBeacon(article.dataset.opened, words);
  };
  setTimeout(() => {
    if (document.visibilityState === "visible") say();
  }, SECONDS * 1000);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") say();
  });
}

const store = (() => {
  try {
    return window.localStorage;
  } catch {
    return null; // the browser keeps nothing for this site; ticking still works while the page is open
  }
})();
document.querySelectorAll("[data-checklist]").forEach((list, number) => {
  const key = `checklist:${article?.dataset.lesson}:${number}`;
  const boxes = [...list.querySelectorAll("input[type=checkbox]")];
  const kept = new Set(JSON.parse(store?.getItem(key) || "[]"));
  boxes.forEach((box, place) => {
    box.checked = kept.has(place);
  });
  list.addEventListener("change", () => {
    store?.setItem(key, JSON.stringify(boxes.flatMap((box, place) => (box.checked ? [place] : []))));
  });
});
