/* The little that HTML can't do alone: keys, one press per form, ticking a page's rows, copying a code. */
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing) {
    const search = document.querySelector(".band-search input");
    if (search) { event.preventDefault(); search.focus(); }
  }
  const form = event.target.closest("form") || document.querySelector("form[data-keys]");
  if (!form || !("keys" in form.dataset)) return;
  if (event.ctrlKey && event.key === "Enter") { event.preventDefault(); form.requestSubmit(); }
  if (event.altKey && /^[0-9]$/.test(event.key)) {
    const pick = form.querySelector(`[data-key="${event.key}"]`);
    if (pick) { event.preventDefault(); pick.checked = true; pick.focus(); pick.dispatchEvent(new Event("change", { bubbles: true })); }
  }
});

/* A second press while the first is under way would file a thing twice. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "1";
  window.setTimeout(() => { delete form.dataset.sent; }, 8000);
});

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    navigator.clipboard.writeText(copy.dataset.copy);
    copy.textContent = copy.dataset.done || copy.textContent;
  }
  if (event.target.closest("[data-print]")) window.print();
  document.querySelectorAll(".band details[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  });
});

document.addEventListener("change", (event) => {
  const self = event.target.closest("[data-submit-on-change]");
  if (self) self.form.requestSubmit();
});
