// Papers: the button prints; a label prints by itself, because nobody at the table has a hand free.
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
if (document.body.hasAttribute("data-print-now")) window.addEventListener("load", () => window.print());
