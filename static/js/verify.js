// Verification: a file may be dropped on its form, and what a square code carries after # is handed over in a form's body.
for (const form of document.querySelectorAll("form[data-drop]")) {
  const input = form.querySelector("input[type=file]");
  form.querySelector(".verify__drop").hidden = false;
  const over = (is) => (event) => {
    event.preventDefault();
    form.classList.toggle("verify__file--over", is);
  };
  form.addEventListener("dragover", over(true));
  form.addEventListener("dragleave", over(false));
  form.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length !== 1) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

const code = document.querySelector("form[data-square-code]");
if (code && location.hash.length > 80) {
  code.elements.address.value = location.origin + location.pathname + location.hash;
  // The signed token stays neither in the address bar nor in the history.
  history.replaceState(null, "", location.pathname);
  code.submit();
}
