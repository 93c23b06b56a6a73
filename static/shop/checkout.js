// Comfort only: everything here also works by pressing the form's buttons.
"use strict";
(() => {
  const province = document.querySelector("select[data-areas]");
  const cities = document.getElementById("cities");
  const districts = document.getElementById("districts");
  const city = document.getElementById("f-city");
  let known = {};
  const fill = (list, names) => list.replaceChildren(...names.map((name) => {
    const option = document.createElement("option");
    option.value = name;
    return option;
  }));
  const suggest = async () => {
    if (!province?.value) return;
    const answer = await fetch(province.dataset.areas.replace("PROVINCE", encodeURIComponent(province.value)));
    if (!answer.ok) return;
    known = (await answer.json()).cities;
    const names = Object.keys(known);
    fill(cities, names);
    if (names.length === 1 && !city.value) city.value = names[0];
    fill(districts, known[city.value] || []);
  };
  province?.addEventListener("change", () => { city.value = ""; suggest(); });
  city?.addEventListener("input", () => fill(districts, known[city.value] || []));
  suggest();

  const form = document.querySelector("form[data-checkout]");
  if (!form) return;
  const total = () => form.querySelector("[data-total]");
  total().hidden = true;
  let running = null;
  const refresh = async () => {
    running?.abort();
    running = new AbortController();
    const body = new FormData(form);
    body.set("action", "total");
    const order = form.querySelector("button[value=order]");
    order.disabled = true; // what it names is about to change
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, signal: running.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["live-sum", "live-terms"]) {
        const fresh = page.getElementById(id);
        if (fresh) document.getElementById(id).replaceWith(fresh);
      }
      total().hidden = true;
    } catch (error) {
      if (error.name === "AbortError") return;
      order.disabled = false;
      total().hidden = false;
    }
  };
  form.addEventListener("change", (event) => {
    if (["province", "term"].includes(event.target.name)) refresh();
  });
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
})();
