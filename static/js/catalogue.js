/* The catalogue: a ticked filter applies at once. Without this, a button does it. */

const form = document.querySelector("[data-catalogue]");
if (form) {
  const drawer = form.querySelector("[data-drawer]");
  for (const button of form.querySelectorAll("[data-without-js]")) button.hidden = true;

  const show = async () => {
    const words = new URLSearchParams(new FormData(form));
    if (!words.get("q")) words.delete("q");
    const address = `${location.pathname}${words.size ? `?${words}` : ""}`;
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) return form.submit();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    form.querySelector(".catalogue__results").replaceWith(page.querySelector(".catalogue__results"));
    for (const [name, count] of counts(page)) {
      const shown = form.querySelector(`input[name="${name[0]}"][value="${CSS.escape(name[1])}"]`);
      if (shown) shown.closest("label").querySelector(".catalogue__count").textContent = count;
    }
    const badge = drawer.querySelector("summary .badge");
    const fresh = page.querySelector("[data-drawer] summary .badge");
    if (badge) badge.remove();
    if (fresh) drawer.querySelector("summary").append(fresh);
    history.replaceState(null, "", address);
  };

  const counts = (page) =>
    [...page.querySelectorAll(".catalogue__filters input")].map((input) => [
      [input.name, input.value],
      input.closest("label").querySelector(".catalogue__count").textContent,
    ]);

  form.addEventListener("change", (event) => {
    if (event.target.type === "checkbox") show().catch(() => form.submit());
  });
}
