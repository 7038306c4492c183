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

/* Drafts lie on the machine under their writer's id: gone when they leave, when another comes, or after a day. */
(() => {
  const DRAFT = "ems.draft.";
  const DAY = 24 * 3600 * 1000;
  const drafts = () => Object.keys(localStorage).filter((key) => key.startsWith(DRAFT));
  const old = (key) => { try { return Date.now() - JSON.parse(localStorage.getItem(key)).at > DAY; } catch { return true; } };
  const forget = (keys) => keys.forEach((key) => localStorage.removeItem(key));
  const left = (keys) => { forget(keys); localStorage.setItem("ems.left", String(Date.now())); };
  const whose = document.body.dataset.user;
  const strange = drafts().filter((key) => whose && key !== DRAFT + whose);
  forget(drafts().filter(old));
  if (strange.length) left(strange);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[action$='/logout']")) return;
    document.dispatchEvent(new Event("ems:left"));
    left(drafts());
  });
})();
