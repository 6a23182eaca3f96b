// Dialogs: <button data-dialog-open="id"> opens <dialog id="id">, [data-dialog-close] closes it. Focus returns by itself.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialogOpen)?.showModal();
    return;
  }
  if (event.target.closest("[data-dialog-close]") || event.target.matches("dialog[open]")) {
    event.target.closest("dialog").close();
  }
});
