// Comfort only: a changed quantity counts at once; without scripts the button beside it does the same.
"use strict";
for (const form of document.querySelectorAll("form[data-quantity]")) {
  form.querySelector("[data-change]").hidden = true;
  form.addEventListener("change", () => form.requestSubmit());
}
