// While work runs in the background, fetches this page again and replaces the part that shows it.
// Takes: an element with an id and data-refresh-every (milliseconds). It stops when the new part has no such attribute.
const waiting = document.querySelector("[data-refresh-every]");

function later(part) {
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "refresh-part" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh) return;
      part.replaceWith(fresh);
      if (fresh.dataset.refreshEvery) later(fresh);
    } catch {
      later(part); // the connection is away for a moment; the part stays and is asked for again
    }
  }, Number(part.dataset.refreshEvery));
}

if (waiting) later(waiting);
