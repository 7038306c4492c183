/* What is on this phone: one's own inspections that are near, and those begun here that nobody else knows of yet. */
"use strict";

(() => {
  const bench = document.querySelector("[data-bench]");
  if (!bench || !self.fieldStore || !("indexedDB" in self)) return;
  const { Store, send, takeAlong, dirty, hear } = self.fieldStore;
  const { user } = bench.dataset;
  const told = JSON.parse(bench.dataset.said);
  const store = new Store(user);
  const find = (selector) => bench.querySelector(selector);
  let stopped = "";

  const words = (one, pictures) => {
    if (one.refused) return told.refused;
    if (one.clashes) return told.clash;
    if (one.faults && one.faults.length) return told.faults;
    if (one.finish) return told.finish;
    if (pictures.length) return told.photos.replace("{n}", pictures.length);
    return dirty(one).length || !one.inspection ? told.draft : told.kept;
  };

  const draw = async () => {
    const held = new Set();
    if ("caches" in self) for (const request of await (await caches.open(`ems-field-${user}`)).keys()) held.add(new URL(request.url).pathname);
    const state = find("[data-state]");
    state.textContent = navigator.onLine ? told.on : told.off;
    state.className = navigator.onLine ? "net-state" : "net-state away";
    const ready = [...bench.querySelectorAll("li[data-page]")].every((item) => held.has(item.dataset.page));
    find("[data-told]").textContent = ready ? told.ready : told.not;
    const kept = await store.packages();
    for (const item of find("[data-mine]").children) {
      const one = kept.find((each) => each.page === item.dataset.page);
      item.querySelector("[data-held]").textContent = one ? words(one, await store.pictures(one.key)) : "";
    }
    const shown = new Set([...find("[data-mine]").children].map((item) => item.dataset.page));
    const own = kept.filter((one) => !shown.has(one.page));
    const local = find("[data-local]");
    const mould = local.querySelector("template").content.firstElementChild;
    local.querySelector("ul").replaceChildren(...await Promise.all(own.map(async (one) => {
      const item = mould.cloneNode(true);
      item.querySelector("a").href = one.page;
      item.querySelector("b").textContent = one.title || told.new;
      item.querySelector("small").textContent = [one.no, words(one, await store.pictures(one.key))].filter(Boolean).join(" · ");
      return item;
    })));
    local.hidden = !own.length;
    const waiting = await store.unsent();
    find("[data-send]").hidden = !waiting.length;
    const trouble = find("[data-trouble]");
    trouble.textContent = told[stopped] && stopped !== "off" ? told[stopped] : "";
    trouble.hidden = !trouble.textContent;
    find("[data-login]").hidden = stopped !== "login" && stopped !== "other";
  };

  hear((what) => { if (what.stopped !== undefined) stopped = what.stopped; if (what.sent) stopped = ""; draw(); });
  find("[data-send]").addEventListener("click", () => send(user).catch(() => {}));
  window.addEventListener("online", draw);
  window.addEventListener("offline", draw);
  draw();
  window.addEventListener("load", () => takeAlong(user).then(draw).catch(draw));
})();
