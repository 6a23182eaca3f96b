// The frame: menus close when one clicks elsewhere, moves on or presses Escape; filter drawers stand open on wide screens.
(() => {
  const menus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of menus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  const wide = matchMedia("(min-width: 60rem)");
  const unfold = () => {
    if (wide.matches) for (const drawer of document.querySelectorAll("details[data-drawer]")) drawer.open = true;
  };
  wide.addEventListener("change", unfold);
  unfold();
})();
