/* Answers for the inspections' pages where there is no network, from what the account took along. It keeps nothing
   itself: pages write the shelf, and log-out empties it. */
"use strict";

importScripts("/static/field-store.js");

const SHELF = "ems-field-";
const PATIENCE = 6000; // ms: a network that answers later than this is none
const BENCH = "/inspections/offline";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const kept = async (request) => {
  for (const name of await caches.keys()) {
    if (!name.startsWith(SHELF)) continue;
    const found = await (await caches.open(name)).match(request, { ignoreSearch: true, ignoreVary: true });
    if (found) return found;
  }
  return null;
};

const soon = (request) => new Promise((resolve, reject) => {
  const late = setTimeout(() => reject(new Error("late")), PATIENCE);
  fetch(request).then((answer) => { clearTimeout(late); resolve(answer); }, (error) => { clearTimeout(late); reject(error); });
});

const answered = async (request) => {
  const stored = await kept(request);
  try {
    return await (stored ? soon(request) : fetch(request));
  } catch (error) {
    if (stored) return stored;
    const bench = request.mode === "navigate" && await kept(BENCH);
    if (bench) return bench;
    throw error;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname, origin } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" || pathname.includes("/static/") || pathname === `${BENCH}/mine`) event.respondWith(answered(request));
});

self.addEventListener("sync", (event) => {
  if (event.tag.startsWith("send-")) event.waitUntil(self.fieldStore.send(event.tag.slice(5)).then((why) => { if (why) throw new Error(why); }));
});
