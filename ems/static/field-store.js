/* What a phone keeps of inspections: one store for each account, in this browser alone. It is written at every change,
   sent when there is a network, and emptied when all is sent or the account logs out. Runs in pages and in the worker.

   A package is one inspection: what was changed (answers) and what stood in each place before (base). A picture is one
   row of its own, with its own key, and goes after the answers. Sending again what was sent adds nothing: the server
   knows the keys. */
"use strict";

(() => {
  const ROOT = "/inspections/offline";
  const CACHE = "ems-field-";
  const same = (one, two) => JSON.stringify(one) === JSON.stringify(two);
  const key = () => (self.crypto.randomUUID ? self.crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}-${Math.random().toString(36).slice(2)}`);
  const now = () => new Date().toISOString();
  const news = "BroadcastChannel" in self ? new BroadcastChannel("ems-field") : null;
  const listeners = [];
  const tell = (what) => { listeners.forEach((hear) => hear(what)); if (news) news.postMessage(what); };
  if (news) news.addEventListener("message", (event) => listeners.forEach((hear) => hear(event.data)));

  const promised = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  const opened = {};
  const open = (user) => {
    opened[user] = opened[user] || new Promise((resolve, reject) => {
      const request = self.indexedDB.open(CACHE + user, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("packages", { keyPath: "key" });
        request.result.createObjectStore("pictures", { keyPath: "key" }).createIndex("package", "package");
      };
      request.onsuccess = () => {
        request.result.onversionchange = () => { request.result.close(); delete opened[user]; };
        resolve(request.result);
      };
      request.onerror = () => reject(request.error);
    });
    return opened[user];
  };

  class Store {
    constructor(user) { this.user = String(user); }

    async table(name, mode = "readonly") { return (await open(this.user)).transaction(name, mode).objectStore(name); }

    async packages() { return promised((await this.table("packages")).getAll()); }

    async get(id) { return promised((await this.table("packages")).get(id)); }

    /* Read, changed and written in one transaction: two tabs and the worker write here. Without `fresh`, none is made. */
    async change(id, how, fresh = null) {
      const table = await this.table("packages", "readwrite");
      const found = await promised(table.get(id)) || (fresh && { key: id, answers: {}, base: {}, plan: {}, ...fresh });
      if (!found) return null;
      how(found);
      await promised(table.put(found));
      tell({ changed: id });
      return found;
    }

    async pictures(id) { return promised((await this.table("pictures")).index("package").getAll(id)); }

    async put(picture) { await promised((await this.table("pictures", "readwrite")).put(picture)); tell({ changed: picture.package }); }

    async drop(picture) { await promised((await this.table("pictures", "readwrite")).delete(picture.key)); tell({ changed: picture.package }); }

    async remove(id) {
      for (const picture of await this.pictures(id)) await this.drop(picture);
      await promised((await this.table("packages", "readwrite")).delete(id));
      tell({ changed: id, removed: true });
    }

    /* All that has not reached the server. */
    async unsent() {
      const found = [];
      for (const one of await this.packages()) if (await this.waits(one)) found.push(one);
      return found;
    }

    async waits(one) {
      return dirty(one).length > 0 || one.finish || Boolean(one.refused) || (!one.inspection) || (await this.pictures(one.key)).length > 0;
    }
  }

  const dirty = (one) => Object.keys(one.answers).filter((name) => !same(one.answers[name], one.base[name]));

  /* ── Sending ─────────────────────────────────────────────────────────── */

  class Stop extends Error { constructor(why) { super(why); this.why = why; } }

  const asked = async (address, options) => {
    let answer;
    try { answer = await fetch(address, { credentials: "same-origin", redirect: "manual", cache: "no-store", ...options }); } catch (_error) { throw new Stop("off"); }
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new Stop("login");
    if (answer.status >= 500 || answer.status === 429) throw new Stop("trouble");
    const said = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
    return { status: answer.status, said };
  };

  const token = async (user) => {
    const { status, said } = await asked(`${ROOT}/token`);
    if (status !== 200 || !said.token) throw new Stop("login");
    if (String(said.user) !== String(user)) throw new Stop("other");
    return said.token;
  };

  const post = (path, mark, body) => asked(`${ROOT}/${path}`, { method: "POST", headers: { "X-CSRFToken": mark, ...(body instanceof FormData ? {} : { "Content-Type": "application/json" }) }, body: body instanceof FormData ? body : JSON.stringify(body) });

  const refusal = ({ status, said }) => ({ status, reason: said.ended || said.refused || "", clashes: said.clashes || [], url: said.url || "" });

  const sendAnswers = async (store, id, mark) => {
    const one = await store.get(id);
    const names = dirty(one);
    if (one.inspection && !names.length) return true;
    const picked = (from) => Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]));
    const sent = { key: one.key, inspection: one.inspection || null, now: now(), started_at: one.startedAt, plan: one.plan, answers: picked(one.answers), base: picked(one.base) };
    const got = await post("answers", mark, sent);
    if (got.status === 200) {
      await store.change(id, (kept) => {
        kept.inspection = got.said.id; kept.no = got.said.no; kept.title = got.said.title || kept.title; kept.page = got.said.page || kept.page; kept.state = got.said.state;
        kept.sentAt = now(); kept.baseAt = got.said.at || kept.baseAt; kept.faults = []; kept.clashes = null;
        names.forEach((name) => {
          const here = got.said.base ? got.said.base[name] : kept.answers[name];
          if (same(kept.answers[name], sent.answers[name])) kept.answers[name] = here;
          kept.base[name] = here;
        });
      });
      return true;
    }
    await store.change(id, (kept) => {
      if (got.status === 422) { kept.faults = got.said.faults; kept.finish = false; }
      else if (got.status === 409 && got.said.clashes && !got.said.ended) kept.clashes = got.said.clashes;
      else { kept.refused = refusal(got); kept.state = got.said.state || kept.state; }
    });
    return false;
  };

  const sendPictures = async (store, id, mark) => {
    const one = await store.get(id);
    let all = true;
    for (const picture of await store.pictures(id)) {
      if (picture.refused) { all = false; continue; }
      const form = new FormData();
      const about = { key: picture.key, inspection: one.inspection, sort: picture.sort, now: now(), taken_at: picture.takenAt, signer_id: picture.signer, latitude: picture.latitude, longitude: picture.longitude, accuracy: picture.accuracy };
      Object.entries(about).forEach(([name, value]) => { if (value !== undefined && value !== null && value !== "") form.append(name, value); });
      form.append("file", picture.blob, picture.name);
      const got = await post("files", mark, form);
      if (got.status === 200) {
        await store.drop(picture);
        await store.change(id, (kept) => { kept.sentAt = now(); });
      } else {
        await store.put({ ...picture, refused: got.said.refused || String(got.status) });
        all = false;
      }
    }
    return all;
  };

  const sendEnd = async (store, id, mark) => {
    const one = await store.get(id);
    const got = await post("finish", mark, { key: one.key, inspection: one.inspection, now: now(), ended_at: one.endedAt });
    if (got.status === 200) {
      await store.remove(id);
      await forget(store.user, one.page);
      await forget(store.user, one.page.replace("/field", "/previsit"));
      tell({ done: id, url: got.said.url });
      return got.said.url;
    }
    await store.change(id, (kept) => { kept.finish = false; if (got.status === 422) kept.faults = got.said.faults; else kept.refused = refusal(got); });
    return null;
  };

  /* Answers, then pictures one by one, then the end. What was sent before the network went stays sent. */
  const sendOne = async (store, id, mark) => {
    const before = await store.get(id);
    if (!before || before.clashes || before.refused) {
      if (before && before.refused && before.state === "done") await sendPictures(store, id, mark);
      return;
    }
    if (!(await sendAnswers(store, id, mark))) {
      const after = await store.get(id);
      if (after && after.refused && after.state === "done") await sendPictures(store, id, mark);
      return;
    }
    const pictures = await sendPictures(store, id, mark);
    const after = await store.get(id);
    if (!after) return;
    if (after.state === "done" && pictures && !dirty(after).length) { await store.remove(id); await forget(store.user, after.page); tell({ done: id, url: `/inspections/${after.inspection}` }); return; }
    if (after.finish && pictures && !dirty(after).length) await sendEnd(store, id, mark);
    else await refresh(store.user, after.page);
  };

  const locked = (name, work) => (self.navigator.locks ? self.navigator.locks.request(name, work) : work());

  /* One at a time, whichever tab or worker begins. Returns why it stopped, or nothing. */
  const send = (user) => locked(`${CACHE}${user}`, async () => {
    const store = new Store(user);
    try {
      const waiting = await store.unsent();
      if (!waiting.length) return "";
      const mark = await token(user);
      tell({ sending: true });
      for (const one of waiting) await sendOne(store, one.key, mark);
      tell({ sent: true });
      return "";
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      tell({ stopped: error.why });
      return error.why;
    }
  });

  /* ── Pages kept for a place without network ──────────────────────────── */

  const shelf = (user) => self.caches.open(CACHE + user);

  const keepPage = async (place, address) => {
    const answer = await fetch(address, { credentials: "same-origin", cache: "no-cache" });
    if (answer.ok && !answer.redirected) await place.put(address, answer);
    else await place.delete(address);
  };

  const refresh = async (user, address) => {
    if (!address || !("caches" in self)) return;
    try { await keepPage(await shelf(user), address); } catch (_error) { /* without network the kept one stays */ }
  };

  const forget = async (user, address) => { if (address && "caches" in self) await (await shelf(user)).delete(address); };

  /* Takes along the files, the empty forms and one's own inspections that are near. */
  const takeAlong = async (user) => {
    if (!("caches" in self)) return;
    const answer = await fetch(`${ROOT}/mine`, { credentials: "same-origin", redirect: "manual" });
    if (!answer.ok) return;
    const list = await answer.clone().json();
    if (String(list.user) !== String(user)) return;
    const place = await shelf(user);
    await place.put(`${ROOT}/mine`, answer);
    const near = list.inspections.flatMap((one) => [one.page, one.sheet]);
    const wanted = [...list.files, ...list.pages, ...near];
    for (const address of wanted) await keepPage(place, address);
    const held = (await new Store(user).packages()).map((one) => one.page);
    for (const request of await place.keys()) {
      const path = new URL(request.url).pathname;
      if (/^\/inspections\/\d+\/(field|previsit)$/.test(path) && !near.includes(path) && !held.includes(path)) await place.delete(request);
    }
    tell({ along: list.inspections.length });
  };

  const dropShelves = async (kept = "") => {
    if ("caches" in self) for (const name of await self.caches.keys()) if (name.startsWith(CACHE) && name !== kept) await self.caches.delete(name);
  };

  const dropStore = async (user) => {
    if (opened[user]) { (await opened[user]).close(); delete opened[user]; }
    await new Promise((resolve) => {
      const request = self.indexedDB.deleteDatabase(CACHE + user);
      request.onsuccess = request.onerror = request.onblocked = resolve;
    });
  };

  const clear = async (user) => {
    await dropShelves();
    try { self.localStorage.removeItem(`${CACHE}along`); } catch (_error) { /* the worker has none */ }
    await dropStore(user);
  };

  const stores = async () => (self.indexedDB.databases ? (await self.indexedDB.databases()).map((one) => one.name).filter((name) => name.startsWith(CACHE)) : []);

  /* Another account came without the one before logging out: its pages go, and of its answers what has been sent. */
  const others = async (user) => {
    await dropShelves(CACHE + user);
    for (const name of await stores()) {
      const other = name.slice(CACHE.length);
      if (other !== user && !(await new Store(other).unsent()).length) await dropStore(other);
    }
  };

  self.fieldStore = { Store, send, takeAlong, refresh, clear, dirty, same, key, now, hear: (how) => listeners.push(how) };

  /* ── On every page of an account that inspects: what is unsent is said before it would be lost ── */

  if (typeof document === "undefined") return;
  const script = document.currentScript;
  const user = script && script.dataset.user;
  if (!user || !("indexedDB" in self)) return;
  const goes = (event) => {
    const form = event.target;
    if (!form.action || new URL(form.action).pathname !== script.dataset.logout) return;
    event.preventDefault();
    (async () => {
      const left = await new Store(user).unsent().catch(() => []);
      if (left.length && !window.confirm(script.dataset.gone.replace("{n}", left.length))) { delete form.dataset.sent; return; }
      await clear(user).catch(() => {});
      form.submit();
    })();
  };
  document.addEventListener("submit", goes);
  window.addEventListener("online", () => { send(user).catch(() => {}); });
  const begin = async () => {
    await others(user);
    if ((!self.indexedDB.databases || (await stores()).includes(CACHE + user)) && navigator.onLine) await send(user);
    if (!script.dataset.takes || !location.pathname.startsWith("/inspections") || !("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register("/inspections/sw.js", { scope: "/inspections/" });
    const last = Number(localStorage.getItem(`${CACHE}along`) || 0);
    const mine = localStorage.getItem(`${CACHE}user`) === user;
    if (mine && Date.now() - last < 30 * 60 * 1000 && !script.dataset.now) return;
    await takeAlong(user);
    localStorage.setItem(`${CACHE}along`, String(Date.now()));
    localStorage.setItem(`${CACHE}user`, user);
  };
  window.addEventListener("load", () => { begin().catch(() => {}); });
})();
