/* Names of enterprises under the field, as one types: five thousand of them would be too many for the page. */
"use strict";

document.querySelectorAll("datalist[data-from]").forEach((list) => {
  const field = document.querySelector(`[list="${list.id}"]`);
  if (!field) return;
  let waiting = 0;
  let last = "";
  field.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(async () => {
      const words = field.value.trim();
      if (!words || words === last) return;
      last = words;
      const answer = await fetch(`${list.dataset.from}?q=${encodeURIComponent(words)}`, { credentials: "same-origin" });
      if (!answer.ok) return;
      const names = await answer.json();
      list.replaceChildren(...names.map((name) => { const option = document.createElement("option"); option.value = name; return option; }));
    }, 200);
  });
});
