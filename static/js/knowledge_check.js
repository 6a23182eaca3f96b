/* A knowledge check: feedback in place. Nothing is sent; without this the answer stands under "Show the answer". */

for (const form of document.querySelectorAll("[data-check]")) {
  const boxes = [...form.querySelectorAll("input[name=answer]")];
  const answer = form.querySelector("[data-answer]");
  const details = form.querySelector("details");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = boxes.some((box) => box.checked);
    const right = boxes.every((box) => box.checked === box.hasAttribute("data-right"));
    answer.hidden = false;
    answer.textContent = !chosen ? answer.dataset.noneText : right ? answer.dataset.rightText : answer.dataset.wrongText;
    answer.dataset.state = !chosen ? "none" : right ? "right" : "wrong";
    if (right) details.open = true;
  });

  form.addEventListener("change", () => {
    answer.hidden = true;
  });
}
