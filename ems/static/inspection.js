/* The inspection's form on a phone: counts the answers, shows the photographs, takes a signature. All of it works
   without: radio buttons, a file field and the typed name are enough. */
"use strict";

(() => {
  const form = document.querySelector("form[data-inspection]");
  if (!form) return;
  const lines = [...form.querySelectorAll("[data-line]")];
  const said = document.querySelector("[data-answered]");
  const meter = document.querySelector(".meter");

  const count = () => {
    const n = lines.filter((line) => line.querySelector("input[type=radio][value=conforms]:checked, input[type=radio][value=fails]:checked, input[type=radio][value=na]:checked")).length;
    if (said) said.textContent = said.dataset.answered.replace("{n}", n);
    if (meter) { meter.firstElementChild.style.setProperty("--v", `${Math.round((100 * n) / (lines.length || 1))}%`); meter.setAttribute("aria-label", said.textContent); }
  };
  form.addEventListener("change", count);
  count();

  const faults = document.getElementById("faults");
  if (faults) faults.focus();

  /* Photographs: what is chosen shows as tiles before it is sent; where it was taken, if the phone may say so. */
  const photos = document.getElementById("photos");
  const tiles = form.querySelector("[data-tiles]");
  const waiting = form.querySelector("[data-photos]");
  photos.addEventListener("change", () => {
    tiles.querySelectorAll("[data-new]").forEach((tile) => { URL.revokeObjectURL(tile.querySelector("img").src); tile.remove(); });
    for (const file of photos.files) {
      const tile = document.createElement("figure");
      const picture = document.createElement("img");
      const caption = document.createElement("figcaption");
      tile.className = "tile m-0";
      tile.dataset.new = "1";
      picture.src = URL.createObjectURL(file);
      picture.alt = file.name;
      caption.textContent = file.name;
      tile.append(picture, caption);
      tiles.insertBefore(tile, tiles.querySelector(".tile.add"));
    }
    waiting.textContent = photos.files.length ? waiting.dataset.photos.replace("{n}", photos.files.length) : "";
    if (photos.files.length && navigator.geolocation) {
      navigator.geolocation.getCurrentPosition((here) => {
        form.elements.photo_place.value = `${here.coords.latitude.toFixed(5)},${here.coords.longitude.toFixed(5)}`;
      }, () => {}, { enableHighAccuracy: true, maximumAge: 60000, timeout: 10000 });
    }
  });

  /* The signature: drawn with a finger, sent as a picture. */
  const pad = form.querySelector("[data-sign]");
  if (!pad) return;
  const canvas = pad.querySelector("canvas");
  const pen = canvas.getContext("2d");
  let drawing = false;

  const clear = () => {
    const scale = window.devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.lineWidth = 2.5;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(canvas).color;
    form.elements.signature.value = "";
  };
  clear();

  canvas.addEventListener("pointerdown", (event) => {
    const old = pad.querySelector("img");
    if (old) old.remove();
    drawing = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(event.offsetX, event.offsetY);
    pen.lineTo(event.offsetX + 0.1, event.offsetY);
    pen.stroke();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(event.offsetX, event.offsetY);
    pen.stroke();
  });
  const stop = () => {
    if (!drawing) return;
    drawing = false;
    form.elements.signature.value = canvas.toDataURL("image/png");
  };
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);
  form.querySelector("[data-sign-again]").addEventListener("click", () => {
    const old = pad.querySelector("img");
    if (old) old.remove();
    clear();
  });
})();
