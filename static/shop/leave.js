// Goes to the provider by itself. Whoever comes back finds the order here, not a page that sends him off again.
"use strict";
(() => {
  const way = document.querySelector("a[data-back]");
  const leaving = () => history.replaceState(null, "", way.dataset.back);
  const soon = setTimeout(() => { leaving(); location.assign(way.href); }, 1000);
  way.addEventListener("click", () => { clearTimeout(soon); leaving(); });
  // A browser that has kept this page shows it again under the order's address: load the order.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
