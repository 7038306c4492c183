/* The form of a call: the days of the chosen channel, what is known of what one types, and a draft that outlives the
   browser. All of it works without: every channel's days are listed, and the page after saving shows the repeats. */
"use strict";

(() => {
  const again = document.querySelector("[data-again]");
  if (again) {
    document.addEventListener("keydown", (event) => {
      if (event.altKey && event.code === "KeyN") { event.preventDefault(); again.click(); }
    });
  }

  const DAY = 24 * 3600 * 1000;
  const keyOf = (user) => `ems.draft.${user}`;
  const kept = (key) => {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  };

  /* Filed: what was sent is in the house, and need not lie here any longer. */
  const filed = document.querySelector("[data-filed]");
  if (filed && (kept(keyOf(filed.dataset.filed)) || {}).sent) localStorage.removeItem(keyOf(filed.dataset.filed));

  const form = document.querySelector("form[data-call]");
  if (!form) return;
  const field = (name) => form.elements[name];
  const value = (name) => (field(name) ? field(name).value.trim() : "");

  /* The days of the channel that is chosen. */
  const days = [...document.querySelectorAll("[data-channel]")];
  const folded = form.querySelector("[data-more]");
  const chosen = () => {
    if (!field("channel")) return;
    const channel = field("channel").value;
    days.forEach((line) => { line.hidden = line.dataset.channel !== channel; });
    if (folded && ["superior", "instruction"].includes(channel)) folded.open = true;
  };

  /* What is known of the place, the enterprise and the number. The last question counts; those before it are dropped. */
  const hints = document.getElementById("hints");
  const ASKED = ["channel", "phone", "external_no", "place", "enterprise_name", "coordinates"];
  let waiting = 0;
  let last = "";
  let asking = null;
  const ask = async () => {
    const question = new FormData();
    ASKED.forEach((name) => question.set(name, value(name)));
    question.set("id", hints.dataset.id);
    const now = JSON.stringify([...question]);
    if (now === last) return;
    last = now;
    if (asking) asking.abort();
    if (!ASKED.slice(1).some(value)) { hints.replaceChildren(); return; }
    asking = new AbortController();
    question.set("csrf_token", field("csrf_token").value);
    try {
      const answer = await fetch(hints.dataset.hints, { method: "POST", body: question, signal: asking.signal, credentials: "same-origin" });
      const gone = answer.redirected || answer.status === 400 || answer.status === 401;
      document.getElementById("expired").hidden = !gone;
      if (!answer.ok || gone) { last = ""; return; }
      hints.innerHTML = await answer.text();
    } catch { last = ""; }
  };
  const soon = (wait) => { window.clearTimeout(waiting); waiting = window.setTimeout(ask, wait); };
  /* Down from the field into the names of the register, up and down among them, back with the one that is chosen. */
  const names = () => [field("enterprise_name"), ...hints.querySelectorAll("[data-firm]")];
  document.addEventListener("keydown", (event) => {
    const at = names().indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1, Escape: -at }[event.key];
    if (at < 0 || !step || !names()[at + step]) return;
    event.preventDefault();
    names()[at + step].focus();
  });
  hints.addEventListener("click", (event) => {
    const button = event.target.closest("[data-firm]");
    if (!button) return;
    field("enterprise_name").value = button.dataset.firm;
    field("enterprise_name").focus();
    field("enterprise_name").dispatchEvent(new Event("input", { bubbles: true }));
  });
  form.addEventListener("input", (event) => { if (ASKED.includes(event.target.name)) soon(300); });
  form.addEventListener("change", () => { chosen(); soon(0); });

  /* The draft. Who complains is never in it: not the fields that say so, nor their words within the others. */
  if (form.dataset.draft) drafting(keyOf(form.dataset.draft));
  chosen();
  ask();

  function drafting(key) {
    const APART = ["csrf_token", "phone", "complainant", "identity"];
    const TEXTS = ["title", "text", "place", "enterprise_name"];
    const TELLING = [...TEXTS, "external_no", "coordinates", "document_no"];
    const HIDDEN = "■■■";
    const NUMBER = /[0-9０-９](?:[ \-－]?[0-9０-９]){6,}/g;
    const A_DAY = /^\d{4}-\d{1,2}-\d{1,2}$/;
    const note = document.getElementById("draft");
    let stopped = false;
    let typing = 0;

    const nameless = (words) => {
      const name = value("complainant");
      const plain = words.replace(NUMBER, (found) => (A_DAY.test(found) ? found : HIDDEN));
      return name.length > 1 ? plain.replaceAll(name, HIDDEN) : plain;
    };
    const keep = (sent) => {
      window.clearTimeout(typing);
      if (stopped) return;
      if (!TELLING.some(value)) { localStorage.removeItem(key); return; }
      const said = {};
      for (const [name, words] of new FormData(form)) {
        if (!APART.includes(name)) said[name] = TEXTS.includes(name) ? nameless(words) : words;
      }
      try { localStorage.setItem(key, JSON.stringify({ at: Date.now(), sent, said })); } catch { /* full, or forbidden */ }
    };
    const restore = (draft) => {
      for (const [name, words] of Object.entries(draft.said)) if (field(name)) field(name).value = words;
      /* nobody knows any more who wanted to stay unnamed: it is asked again */
      form.querySelectorAll("[name=identity]").forEach((pick) => { pick.checked = false; pick.required = true; });
      note.querySelector("[data-draft-at]").textContent = new Date(draft.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
      note.querySelector("[data-draft-sent]").hidden = !draft.sent;
      note.hidden = false;
    };

    const draft = kept(key);
    if (draft && Date.now() - draft.at > DAY) localStorage.removeItem(key);
    else if (draft && draft.said && !("refused" in form.dataset)) restore(draft);
    if ("refused" in form.dataset) keep(false);

    form.addEventListener("input", () => { window.clearTimeout(typing); typing = window.setTimeout(() => keep(false), 250); });
    form.addEventListener("submit", () => keep(true));
    window.addEventListener("pagehide", () => { if (!form.dataset.sent) keep(false); });
    const discard = () => { stopped = true; window.clearTimeout(typing); localStorage.removeItem(key); };
    note.querySelector("[data-draft-off]").addEventListener("click", () => { discard(); window.location.assign(window.location.pathname); });
    form.querySelector("[data-give-up]").addEventListener("click", discard);

    /* Whoever leaves, here or in another window, leaves nothing behind. */
    document.addEventListener("ems:left", discard);
    window.addEventListener("storage", (event) => {
      if (event.key !== "ems.left") return;
      discard();
      document.getElementById("left").hidden = false;
    });
  }
})();
