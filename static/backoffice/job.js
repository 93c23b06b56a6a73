// Asks for the bar of a running job every second and reloads the page once the job has ended.
(function () {
  "use strict";
  const place = document.getElementById("job");
  if (!place) return;
  const finished = () => place.querySelector(".job-bar").dataset.finished === "yes";
  if (finished()) return;
  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.source, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        place.innerHTML = await answer.text();
        if (finished()) return window.location.reload();
      }
    } catch (error) {
      // The server is away for a moment: ask again.
    }
    window.setTimeout(ask, 1000);
  };
  window.setTimeout(ask, 1000);
})();
