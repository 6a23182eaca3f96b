// Composing a template: the page beside the form follows what is typed, without saving it.
const form = document.querySelector("form[data-compose]");
const picture = document.querySelector("[data-preview]");
const told = document.querySelector("[data-told]");
let waiting = 0, asked = 0, shown = "";

async function follow() {
  const mine = ++asked;
  picture.classList.add("tpl__picture--waits");
  try {
    const answer = await fetch(picture.dataset.preview, { method: "POST", body: new FormData(form) });
    if (mine !== asked) return;
    if (answer.ok) {
      URL.revokeObjectURL(shown);
      shown = URL.createObjectURL(await answer.blob());
      picture.src = shown;
      told.textContent = "";
    } else {
      told.textContent = answer.status === 422 ? await answer.text() : "";
    }
  } catch {
    // Without a network the last page stays; saving tells what is wrong.
  } finally {
    if (mine === asked) picture.classList.remove("tpl__picture--waits");
  }
}

if (form && picture) {
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(follow, 400);
  });
  for (const link of document.querySelectorAll("[data-language]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      form.elements.language.value = link.dataset.language;
      for (const each of link.parentElement.children) each.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      follow();
    });
  }
}
