// Messages: [data-toast-close] puts one away. window.toast(text, kind) shows a new one (kind: info, valid, needs, not-valid).
document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".toast").remove();
});
window.toast = (text, kind = "info") => {
  let region = document.querySelector(".toast-region");
  if (!region) {
    region = document.body.appendChild(document.createElement("div"));
    region.className = "toast-region";
    region.setAttribute("role", "status");
  }
  const toast = region.appendChild(document.createElement("div"));
  toast.className = `alert toast alert--${kind}`;
  toast.textContent = text;
  setTimeout(() => toast.remove(), 8000);
};
