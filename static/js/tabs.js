// Tabs: [data-tabs] holds .tabs__list with links to the ids of its .tabs__panel sections. The address keeps the open tab.
for (const tabs of document.querySelectorAll("[data-tabs]")) {
  const list = tabs.querySelector(".tabs__list");
  const links = [...list.querySelectorAll("a[href^='#']")];
  const panels = links.map((link) => document.getElementById(link.hash.slice(1)));
  if (!links.length || panels.includes(null)) continue;
  const show = (index, focus) => {
    links.forEach((link, at) => {
      const chosen = at === index;
      link.setAttribute("aria-selected", chosen);
      link.tabIndex = chosen ? 0 : -1;
      panels[at].hidden = !chosen;
    });
    if (focus) links[index].focus();
  };
  list.setAttribute("role", "tablist");
  links.forEach((link, at) => {
    link.setAttribute("role", "tab");
    link.id ||= `${panels[at].id}-tab`;
    link.setAttribute("aria-controls", panels[at].id);
    panels[at].setAttribute("role", "tabpanel");
    panels[at].setAttribute("aria-labelledby", link.id);
    panels[at].tabIndex = 0;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      history.replaceState(null, "", link.hash);
      show(at);
    });
    link.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const to = event.key === "Home" ? 0 : event.key === "End" ? links.length - 1 : at + step;
      if (Number.isNaN(to)) return;
      event.preventDefault();
      show((to + links.length) % links.length, true);
    });
  });
  tabs.classList.add("tabs--ready");
  show(Math.max(0, links.findIndex((link) => link.hash === location.hash)));
}
