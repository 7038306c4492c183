/* The inspection's form on a phone. Every change is kept in this browser at once and sent when there is a network;
   without this script the form still works as any form does. */
"use strict";

(() => {
  const form = document.querySelector("form[data-inspection]");
  if (!form) return;
  const about = form.dataset;
  const lines = [...form.querySelectorAll("[data-line]")];
  const find = (selector) => document.querySelector(selector);
  const faults = find("#faults");
  if (faults) faults.focus();

  /* ── Progress ── */
  const said = find("[data-answered]");
  const meter = find(".meter");
  const next = find("[data-next]");
  const answeredLine = (line) => Boolean(line.querySelector("[name$=-verdict]:checked"));
  const count = () => {
    const n = lines.filter(answeredLine).length;
    said.textContent = said.dataset.answered.replace("{n}", n);
    meter.firstElementChild.style.setProperty("--v", `${Math.round((100 * n) / (lines.length || 1))}%`);
    meter.setAttribute("aria-label", said.textContent);
    next.hidden = n === lines.length;
  };
  form.addEventListener("change", count);
  count();
  next.addEventListener("click", () => {
    const line = lines.find((one) => !answeredLine(one));
    if (line) { line.scrollIntoView({ block: "center" }); line.focus({ preventScroll: true }); }
  });

  const store = self.fieldStore && "indexedDB" in self ? new self.fieldStore.Store(about.user) : null;
  if (!store) return;
  const { same, now, key, dirty, send, hear } = self.fieldStore;
  const words = JSON.parse(about.words);
  const net = find("[data-net]");
  const told = JSON.parse(net.dataset.said);
  let base = JSON.parse(about.base);
  let id = about.id ? `i${about.id}` : location.hash.slice(1) || key();
  if (!about.id && !location.hash) history.replaceState(null, "", `#${id}`);

  /* ── The form's fields by name: "summary", "line_3" ── */
  const parts = (line) => ({
    verdict: [...line.querySelectorAll("[name$=-verdict]")], remark: line.querySelector("[name$=-remark]"),
    remedy: [...line.querySelectorAll("[name$=-remedy]")], due: line.querySelector("[name$=-due_on]"),
  });
  const chosen = (radios) => { const one = radios.find((radio) => radio.checked); return one ? one.value : null; };
  const lineOf = (name) => lines.find((line) => `line_${line.dataset.line}` === name);
  const text = (value) => value.replace(/\r\n/g, "\n").trim();

  const read = (name) => {
    const line = lineOf(name);
    if (line) {
      const { verdict, remark, remedy, due } = parts(line);
      const usual = !due || due.value === due.defaultValue;
      return { verdict: chosen(verdict), remark: text(remark.value), remedy: chosen(remedy) || (base[name] || {}).remedy || "order", due_on: usual ? (base[name] || {}).due_on || null : due.value || null };
    }
    const field = form.elements[name];
    if (field instanceof RadioNodeList) return chosen([...field]);
    if (field.type === "checkbox") return field.checked;
    if (name === "second_id") return field.value ? Number(field.value) : null;
    return text(field.value);
  };
  const write = (name, value) => {
    const line = lineOf(name);
    if (line && value) {
      const { verdict, remark, remedy, due } = parts(line);
      verdict.forEach((radio) => { radio.checked = radio.value === value.verdict; });
      remark.value = value.remark || "";
      remedy.forEach((radio) => { radio.checked = radio.value === value.remedy; });
      if (due) due.value = value.due_on || due.defaultValue;
      return;
    }
    const field = form.elements[name];
    if (!field) return;
    if (field instanceof RadioNodeList) [...field].forEach((radio) => { radio.checked = radio.value === value; });
    else if (field.type === "checkbox") field.checked = Boolean(value);
    else field.value = value === null || value === undefined ? "" : value;
  };
  const nameOf = (control) => {
    const line = control.closest("[data-line]");
    return line ? `line_${line.dataset.line}` : control.name;
  };
  const planned = () => Object.fromEntries([...form.querySelectorAll("[data-plan] [name]")].map((field) => [field.name, field.value]).concat([["type", about.type]]));
  const fresh = () => ({ inspection: about.id ? Number(about.id) : null, no: about.no, title: about.title, page: location.pathname + (about.id ? "" : `#${id}`), plan: about.id ? {} : planned(), startedAt: now(), baseAt: about.at });

  /* ── Kept at every change ── */
  const touched = (kept) => { kept.keptAt = now(); kept.finish = false; kept.faults = []; };
  let writing = Promise.resolve();
  const keep = (how) => {
    writing = writing.then(() => store.change(id, (kept) => { how(kept); touched(kept); }, fresh())).catch(() => { net.hidden = true; });
    later();
    return writing;
  };
  const changed = (event) => {
    const control = event.target;
    if (!control.name || control.type === "file" || control.type === "hidden") return;
    if (control.closest("[data-plan]")) { keep((kept) => { kept.plan = planned(); if (control.name === "party" && control.value) kept.title = control.value; }); return; }
    const name = nameOf(control);
    if (!(name in base)) return;
    const value = read(name);
    keep((kept) => {
      if (!(name in kept.base) || same(kept.answers[name], kept.base[name])) kept.base[name] = base[name];
      kept.answers[name] = value;
    });
  };
  form.addEventListener("change", changed);
  form.addEventListener("input", (event) => { if (event.target.matches("textarea, input[type=text], input[type=date]")) changed(event); });

  let timer = 0;
  const later = () => { clearTimeout(timer); timer = setTimeout(sendNow, 4000); };
  const sendNow = async () => {
    clearTimeout(timer);
    await writing;
    if (!navigator.onLine) { remember(); return "off"; }
    try { return await send(about.user); } catch (_error) { return "trouble"; }
  };
  const remember = async () => {
    const worker = await (navigator.serviceWorker ? navigator.serviceWorker.getRegistration("/inspections/") : null);
    if (worker && worker.sync) worker.sync.register(`send-${about.user}`).catch(() => {});
  };

  /* ── The bar: what is here, what is there ── */
  let stopped = "";
  const clock = (moment) => new Date(moment).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  const show = (node, visible) => { node.hidden = !visible; };
  const draw = async () => {
    const kept = await store.get(id);
    const pictures = await store.pictures(id);
    const photos = pictures.filter((one) => one.sort === "photo").length;
    const signs = pictures.length - photos;
    const waiting = kept ? dirty(kept).length : 0;
    const state = find("[data-state]");
    state.textContent = navigator.onLine ? told.on : told.off;
    state.className = navigator.onLine ? "net-state" : "net-state away";
    const line = [];
    if (kept && kept.keptAt) line.push(told.kept.replace("{at}", clock(kept.keptAt)));
    if (waiting) line.push(told.answers.replace("{n}", waiting));
    if (photos) line.push(told.photos.replace("{n}", photos));
    if (signs) line.push(told.signs.replace("{n}", signs));
    if (kept && !waiting && !pictures.length && kept.inspection && kept.sentAt) line.push(told.all);
    if (kept && kept.sentAt) line.push(told.last.replace("{at}", clock(kept.sentAt)));
    find("[data-told]").textContent = (line.length ? line : [told.none]).join(" · ");
    const trouble = find("[data-trouble]");
    const refusedPicture = pictures.find((one) => one.refused);
    const reason = stopped === "off" ? "" : told[stopped] || "";
    trouble.textContent = [kept && kept.finish ? told.finish : "", reason, refusedPicture ? refusedPicture.refused : ""].filter(Boolean).join(" ");
    show(trouble, trouble.textContent);
    show(find("[data-send]"), kept && (waiting || pictures.length || kept.finish || !kept.inspection));
    show(find("[data-login]"), stopped === "login" || stopped === "other");
    show(net, true);
    drawClashes(kept);
    if (kept && kept.faults && kept.faults.length) lacks(kept.faults, kept.inspection && kept.state === "open" && !waiting);
  };
  find("[data-send]").addEventListener("click", sendNow);
  window.addEventListener("online", () => { stopped = ""; draw(); sendNow(); });
  window.addEventListener("offline", draw);
  let drawing = 0;
  hear((what) => {
    if (what.stopped !== undefined) stopped = what.stopped;
    if (what.sent || what.sending) stopped = "";
    if (what.done === id) { location.assign(what.url); return; }
    clearTimeout(drawing);
    drawing = setTimeout(draw, 60);
    if (what.sent) settle();
  });
  /* An inspection made here has its own page once the server knows it. What was sent is the new base. */
  const settle = async () => {
    const kept = await store.get(id);
    if (!kept) return;
    if (!about.id && kept.inspection && navigator.onLine && !kept.faults.length) { location.replace(kept.page); return; }
    Object.keys(kept.base).forEach((name) => { base[name] = kept.base[name]; });
  };

  /* ── What is missing, in the server's words ── */
  const says = (name, known = {}) => words[name].replace(/%\((\w+)\)s/g, (_all, part) => known[part]);
  const picked = (name) => { const one = form.elements[name]; const radio = one && [...one].find((each) => each.checked); return radio ? { value: radio.value, label: radio.parentElement.textContent.trim() } : { value: "", label: "" }; };
  function* missing() {
    if (!lines.length) yield says("empty");
    const open = lines.filter((line) => !answeredLine(line)).map((line) => line.dataset.line);
    if (open.length) yield says("unanswered", { n: open.length, items: open.join(told.comma) });
    let orders = false;
    for (const line of lines) {
      const { verdict, remark, remedy, due } = parts(line);
      if (chosen(verdict) !== "fails") continue;
      if (!remark.value.trim()) yield says("untold", { n: line.dataset.line });
      const ordered = !about.order && chosen(remedy) === "order";
      orders = orders || ordered;
      const today = new Date(Date.now() + 8 * 3600 * 1000).toISOString().slice(0, 10);
      if (ordered && due && due.value && due.value !== due.defaultValue && due.value < today) yield says("past", { n: line.dataset.line, day: due.value });
    }
    const party = about.id ? about.party : (form.elements.party ? form.elements.party.value.trim() : about.title);
    if (orders && !party && !form.elements.place.value.trim()) yield says("nobody");
    if (!about.law) return;
    const second = form.elements.second_id;
    const other = second.selectedOptions[0];
    if (!second.value) yield says("alone");
    if (!about.badge) yield says("badge", { name: about.lead });
    if (second.value && other.textContent.includes(told.nobadge)) yield says("badge", { name: other.textContent.split("（")[0] });
    if (!form.elements.rights_told.checked) yield says("rights");
    if (!picked("facility_running").value) yield says("facility");
    if (!party) return;
    const how = picked("refusal");
    if (how.value === "none") { if (!form.elements.person_present.value.trim()) yield says("person"); return; }
    if (!form.elements.refusal_reason.value.trim()) yield says("reason", { how: how.label });
    if (!form.elements.witness.value.trim()) yield says("witness", { how: how.label });
  }
  const lacks = (list, still = true) => {
    const note = find("[data-missing]");
    note.querySelector("b").textContent = still ? told.still : told.wrong;
    note.querySelector("ul").replaceChildren(...list.map((sentence) => { const item = document.createElement("li"); item.textContent = sentence; return item; }));
    note.hidden = !list.length;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    const ending = event.submitter && event.submitter.value === "finish";
    await writing;
    if (!ending) { sendNow(); return; }
    const list = [...missing()];
    lacks(list);
    if (list.length) { find("[data-missing]").focus(); return; }
    await writing;
    await store.change(id, (kept) => { kept.finish = true; kept.endedAt = now(); kept.keptAt = now(); kept.faults = []; }, fresh());
    const why = await sendNow();
    stopped = why || "";
    draw();
    const kept = await store.get(id);
    if (kept && kept.faults && kept.faults.length) find("[data-missing]").focus();
  }, true);

  /* ── Photographs: made smaller, with time, place and number in the picture ── */
  const tiles = form.querySelector("[data-tiles]");
  const camera = document.getElementById("photos");
  let here = null;
  const locate = () => new Promise((resolve) => {
    if (here && Date.now() - here.timestamp < 60000) { resolve(here); return; }
    if (!navigator.geolocation) { resolve(null); return; }
    setTimeout(() => resolve(null), 4000);
    navigator.geolocation.getCurrentPosition((found) => { here = found; resolve(found); }, () => resolve(null), { enableHighAccuracy: true, maximumAge: 60000, timeout: 3900 });
  });
  const two = (n) => String(n).padStart(2, "0");
  const wall = (day) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())} ${two(day.getHours())}:${two(day.getMinutes())}:${two(day.getSeconds())}`;
  const stamped = async (file, moment, place) => {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const kept = await store.get(id);
    const rows = [`${wall(moment)} ${told.device}`, `${(kept && kept.no) || about.no || told.new} · ${place ? `${place.coords.latitude.toFixed(5)}, ${place.coords.longitude.toFixed(5)} ±${Math.round(place.coords.accuracy)} m` : told.where}`];
    const size = Math.max(10, Math.round(canvas.width / 42));
    pen.font = `${size}px sans-serif`;
    pen.fillStyle = "rgba(0, 0, 0, .6)";
    pen.fillRect(0, canvas.height - size * 3.4, canvas.width, size * 3.4);
    pen.fillStyle = "#fff";
    rows.forEach((row, n) => pen.fillText(row, size * .6, canvas.height - size * (n ? .8 : 2.1), canvas.width - size));
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", .8); });
  };
  const tile = (picture) => {
    const figure = document.createElement("figure");
    const image = document.createElement("img");
    const caption = document.createElement("figcaption");
    figure.className = "tile m-0";
    figure.dataset.key = picture.key;
    image.src = URL.createObjectURL(picture.blob);
    image.alt = picture.name;
    caption.textContent = `${clock(picture.takenAt)} ${told.kept_photo}`;
    figure.append(image, caption);
    tiles.insertBefore(figure, tiles.querySelector(".tile.add"));
  };
  const take = async (file) => {
    const moment = new Date();
    const place = await locate();
    let blob;
    try { blob = await stamped(file, moment, place); } catch (_error) { window.alert(told.picture); return; }
    const picture = { key: key(), package: id, sort: "photo", blob, name: `${told.file}-${wall(moment).replace(/[: ]/g, "-")}.jpg`, takenAt: moment.toISOString() };
    if (place) Object.assign(picture, { latitude: place.coords.latitude, longitude: place.coords.longitude, accuracy: Math.round(place.coords.accuracy) });
    try { await keep(() => {}); await store.put(picture); } catch (_error) { window.alert(told.full); return; }
    tile(picture);
    later();
  };
  camera.addEventListener("change", async () => {
    const files = [...camera.files];
    camera.value = "";
    for (const file of files) await take(file);
  });
  hear(async (what) => {
    if (what.changed !== id) return;
    const left = new Set((await store.pictures(id)).map((one) => one.key));
    tiles.querySelectorAll("[data-key]").forEach((figure) => { if (!left.has(figure.dataset.key) && !figure.dataset.sent) { figure.dataset.sent = "1"; figure.querySelector("figcaption").textContent = told.sent; } });
  });
  tiles.querySelectorAll("a img").forEach((image) => image.addEventListener("error", () => { image.hidden = true; image.closest("a").textContent = told.away; }));

  /* ── Signatures ── */
  const pads = [...form.querySelectorAll("[data-pad]")].map((pad) => {
    const canvas = pad.querySelector("canvas");
    const pen = canvas.getContext("2d");
    let drawn = false;
    let down = false;
    const signer = () => (pad.dataset.signer === "second" ? form.elements.second_id.value : pad.dataset.signer);
    const clear = () => {
      const scale = window.devicePixelRatio || 1;
      canvas.width = canvas.clientWidth * scale;
      canvas.height = canvas.clientHeight * scale;
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      pen.lineWidth = 2.5;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = getComputedStyle(canvas).color;
      drawn = false;
    };
    const mine = async () => (await store.pictures(id)).filter((one) => one.sort === pad.dataset.sort && (one.pad === pad.dataset.signer));
    const wipe = async () => {
      const old = pad.querySelector(".sign > img");
      if (old) old.remove();
      clear();
      for (const one of await mine()) await store.drop(one);
    };
    const save = async () => {
      const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
      for (const one of await mine()) await store.drop(one);
      await keep(() => {});
      await store.put({ key: key(), package: id, sort: pad.dataset.sort, pad: pad.dataset.signer, signer: pad.dataset.sort === "officer" ? signer() : "", blob, name: `${pad.dataset.name}.png`, takenAt: now() });
      later();
    };
    canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      if (pad.dataset.sort === "officer" && !signer()) { window.alert(told.second); return; }
      if (!drawn) { const old = pad.querySelector(".sign > img"); if (old) old.remove(); clear(); }
      drawn = down = true;
      canvas.setPointerCapture(event.pointerId);
      pen.beginPath();
      pen.moveTo(event.offsetX, event.offsetY);
      pen.lineTo(event.offsetX + .1, event.offsetY);
      pen.stroke();
    });
    canvas.addEventListener("pointermove", (event) => { if (!down) return; pen.lineTo(event.offsetX, event.offsetY); pen.stroke(); });
    ["pointerup", "pointercancel"].forEach((name) => canvas.addEventListener(name, () => { if (down) { down = false; save(); } }));
    pad.querySelector("[data-sign-again]").addEventListener("click", wipe);
    const restore = (picture) => {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(picture.blob);
      image.alt = picture.name;
      pad.querySelector(".sign").prepend(image);
    };
    clear();
    return { pad, wipe, restore };
  });
  if (form.elements.second_id && form.elements.second_id.tagName === "SELECT") {
    form.elements.second_id.addEventListener("change", () => { const other = pads.find((one) => one.pad.dataset.signer === "second"); if (other) other.wipe(); });
  }

  /* ── Two have filled in the same place; the server has not taken it ── */
  let shownClashes = "";
  const drawClashes = (kept) => {
    const box = find("[data-clashes]");
    const list = (kept && kept.clashes) || [];
    const same_ = JSON.stringify(list);
    if (same_ !== shownClashes) {
      shownClashes = same_;
      const mould = box.querySelector("template").content.firstElementChild;
      box.querySelector("[data-each]").replaceChildren(...list.map((one, n) => {
        const node = mould.cloneNode(true);
        node.dataset.name = one.name;
        node.querySelector("legend").textContent = one.label;
        node.querySelector("[data-mine]").textContent = one.mine;
        node.querySelector("[data-theirs]").textContent = one.theirs;
        node.querySelectorAll("input").forEach((radio) => { radio.name = `clash-${n}`; });
        return node;
      }));
      box.hidden = !list.length;
      if (list.length) { box.scrollIntoView({ block: "start" }); box.focus({ preventScroll: true }); }
    }
    const refused = find("[data-refused]");
    const no = kept && kept.refused;
    if (no && refused.hidden) {
      refused.querySelector("[data-reason]").textContent = `${told.refused}${no.reason || told.locked}`;
      const mould = refused.querySelector("template").content.firstElementChild;
      refused.querySelector("[data-differs]").replaceChildren(...no.clashes.map((one) => {
        const node = mould.cloneNode(true);
        node.querySelector("dt").textContent = one.label;
        node.querySelector("[data-mine]").textContent = one.mine;
        node.querySelector("[data-theirs]").textContent = one.theirs;
        return node;
      }));
      refused.hidden = false;
      refused.scrollIntoView({ block: "start" });
    }
    if (!no) refused.hidden = true;
  };
  const box = find("[data-clashes]");
  box.querySelectorAll("[data-all]").forEach((button) => button.addEventListener("click", () => {
    box.querySelectorAll(`input[value=${button.dataset.all}]`).forEach((radio) => { radio.checked = true; });
  }));
  find("[data-settle]").addEventListener("click", async () => {
    const each = [...box.querySelectorAll("[data-name]")];
    const open = each.find((node) => !node.querySelector("input:checked"));
    if (open) { open.scrollIntoView({ block: "center" }); open.querySelector("input").focus(); return; }
    await writing;
    await store.change(id, (kept) => {
      const now_ = Object.fromEntries(kept.clashes.map((one) => [one.name, one.now]));
      each.forEach((node) => {
        const { name } = node.dataset;
        kept.base[name] = base[name] = now_[name];
        if (node.querySelector("input:checked").value === "theirs") { kept.answers[name] = now_[name]; write(name, now_[name]); }
      });
      kept.clashes = null;
    });
    count();
    sendNow();
  });

  /* What the server did not take can be kept as a file, with its pictures. */
  const inText = (blob) => new Promise((resolve) => { const reader = new FileReader(); reader.onload = () => resolve(reader.result); reader.readAsDataURL(blob); });
  find("[data-export]").addEventListener("click", async () => {
    const kept = await store.get(id);
    const pictures = [];
    for (const one of await store.pictures(id)) pictures.push({ ...one, blob: await inText(one.blob) });
    const file = new Blob([JSON.stringify({ ...kept, pictures }, null, 2)], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `${kept.no || told.file}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  find("[data-retry]").addEventListener("click", async () => { await store.change(id, (kept) => { kept.refused = null; }); sendNow(); });
  find("[data-discard]").addEventListener("click", async () => {
    if (!window.confirm(told.discard)) return;
    const kept = await store.get(id);
    await store.remove(id);
    location.assign(kept.refused && kept.refused.url ? kept.refused.url : "/inspections/offline");
  });

  /* ── As it was left: what is in this phone stands over what the page says ── */
  const restore = async () => {
    let kept = await store.get(id);
    if (!kept && about.id) {
      kept = (await store.packages()).find((one) => String(one.inspection) === about.id) || null;
      if (kept) id = kept.key;
    }
    if (kept) {
      const old = !about.id || (kept.baseAt && about.at <= kept.baseAt);
      const waiting = new Set(dirty(kept));
      Object.keys(kept.answers).forEach((name) => { if (waiting.has(name) || old) write(name, kept.answers[name]); });
      if (old) Object.keys(kept.base).forEach((name) => { if (!waiting.has(name)) base[name] = kept.base[name]; });
      if (!about.id) Object.entries(kept.plan).forEach(([name, value]) => { if (form.elements[name] && name !== "type") form.elements[name].value = value; });
      const pictures = await store.pictures(id);
      pictures.filter((one) => one.sort === "photo").forEach(tile);
      pads.forEach(({ pad, restore: back }) => { const one = pictures.filter((each) => each.sort === pad.dataset.sort && each.pad === pad.dataset.signer).pop(); if (one) { const was = pad.querySelector(".sign > img"); if (was) was.remove(); back(one); } });
      const plain = !waiting.size && !pictures.length && kept.inspection && !kept.finish && !kept.refused && !kept.clashes;
      if (plain && !old) await store.remove(id);
      else if (!old) await store.change(id, (each) => { Object.keys(each.answers).forEach((name) => { if (!waiting.has(name)) { delete each.answers[name]; delete each.base[name]; } }); });
      if (about.id && kept.page !== location.pathname) await store.change(id, (each) => { each.page = location.pathname; });
    }
    count();
    document.querySelectorAll("[data-plain]").forEach((button) => { button.hidden = true; });
    await draw();
    form.dataset.ready = "1";
    self.fieldStore.refresh(about.user, about.id ? location.pathname : "");
  };
  restore().catch(() => { net.hidden = true; });
})();
