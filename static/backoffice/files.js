// The theme writes the name of a chosen file into the first text field that it finds nearby. In our forms that
// is a field of its own, or there is none: our file fields are told apart before the theme looks for them.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("input[type=file]").forEach((input) => { input.hasChangeListener = true; });
});
