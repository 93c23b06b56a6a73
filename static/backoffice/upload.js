// Takes a file that is dropped anywhere on the page, and says at once when one is too large to be sent.
(function () {
  "use strict";
  const form = document.getElementById("upload");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const drop = document.getElementById("drop");
  const words = document.getElementById("too-large");
  const check = () => {
    const file = input.files[0];
    const bad = Boolean(file) && file.size > Number(input.dataset.limit);
    words.hidden = !bad;
    words.textContent = bad ? `${file.name} ${words.dataset.text}` : "";
    return !bad;
  };
  input.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (!check()) return event.preventDefault();
    form.querySelector("button[type=submit]").disabled = true;
  });
  // Coming back with the browser's own button shows the page as it was left.
  window.addEventListener("pageshow", () => { form.querySelector("button[type=submit]").disabled = false; });
  document.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("files-over"); });
  document.addEventListener("dragleave", () => drop.classList.remove("files-over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("files-over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    check();
  });
})();
