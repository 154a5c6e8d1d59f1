/* The little that pages do besides: keys, and a live list that does not grow without end. All works without it. */
(() => {
  "use strict";
  const typing = (place) => place.closest("input, textarea, select, [contenteditable]");

  const steps = () => [...document.querySelectorAll("main tbody tr, main .news li")]
    .map((line) => line.querySelector("a[href]")).filter(Boolean);

  const step = (by) => {
    const links = steps();
    if (!links.length) return;
    const here = links.findIndex((link) => link.closest("tr, li") === document.activeElement.closest("tr, li"));
    const next = here < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(here + by, 0), links.length - 1);
    links[next].focus();
    links[next].closest("tr, li").scrollIntoView({ block: "nearest" });
  };

  const search = () => {
    const box = document.querySelector("main input[type=search]");
    box?.focus();
    box?.select();
    return box;
  };
  if (location.hash === "#q") search();

  document.addEventListener("keydown", (pressed) => {
    if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || typing(pressed.target)) return;
    if (pressed.key === "/") {
      pressed.preventDefault();
      if (!search() && document.querySelector('.menu a[href="/documents"]')) location.assign("/documents#q");
    } else if (pressed.key === "j" || pressed.key === "k") step(pressed.key === "j" ? 1 : -1);
  });

  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  const news = document.getElementById("news");
  if (news) {
    const most = Number(news.dataset.atMost);
    new MutationObserver(() => {
      while (news.children.length > most) news.lastElementChild.remove();
      document.getElementById("news-none")?.remove();
    }).observe(news, { childList: true });
  }
})();
