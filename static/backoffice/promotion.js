// Hides what the choices leave aside, and says in words what the promotion will do while it is filled in.
(function () {
  "use strict";
  const form = document.getElementById("promotion");
  if (!form) return;
  const summary = document.getElementById("summary");
  const shown = () => {
    const value = (name) => form.elements[name].value;
    const rows = {
      threshold: value("threshold_kind") !== "none",
      categories: value("goods") === "categories",
      products: value("goods") === "products",
      code: value("door") === "code",
      batch: value("door") === "batch",
      limit: value("door") !== "batch",
      per_customer: value("door") !== "batch",
    };
    for (const [name, show] of Object.entries(rows)) document.getElementById(`row-${name}`).hidden = !show;
  };
  let waiting = 0;
  let asked = 0;
  const say = async () => {
    const turn = ++asked;
    const data = new FormData(form);
    data.set("action", "check");
    const answer = await fetch(window.location.pathname, { method: "POST", body: data, headers: { "X-Part": "summary" } });
    const words = await answer.text();
    if (turn === asked && (answer.ok || answer.status === 422)) summary.innerHTML = words;
  };
  form.addEventListener("input", (event) => {
    shown();
    if (event.target.name === "basket") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => say().catch(() => {}), 400);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
  shown();
})();
