{# The service worker of the offline verifier. Context: version (of what it keeps), files (JSON list of addresses), page (its address) #}// Keeps the verifier on this device. The page with keys and status lists is asked for anew whenever there is a network.
const KEPT = "deshmi-verifier-{{ version }}";
const FILES = {{ files|safe }};
const PAGE = "{{ page }}";
const WAIT = 4000; // ms for the network before the kept page is shown

addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(KEPT);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "reload" })));
  await skipWaiting();
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("deshmi-verifier-") && name !== KEPT) await caches.delete(name);
  await clients.claim();
})()));

async function newest() {
  const cache = await caches.open(KEPT);
  const late = new Promise((_done, fail) => setTimeout(() => fail(new Error("late")), WAIT));
  const fresh = fetch(PAGE, { cache: "no-cache" }).then(async (answer) => {
    if (answer.ok) await cache.put(PAGE, answer.clone());
    return answer;
  });
  const kept = await cache.match(PAGE);
  if (!kept) return fresh;
  const answer = await Promise.race([fresh, late]).catch(() => kept);
  return answer.ok ? answer : kept;
}

addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin) return;
  if (pathname === PAGE) event.respondWith(newest());
  else if (FILES.includes(pathname)) event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((found) => found ?? fetch(event.request)));
});
