"use strict";
(function () {
  var specs = JSON.parse(document.getElementById("specs").textContent);
  var tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  document.body.appendChild(tip);

  function cell(text) {
    var made = document.createElement("span");
    made.textContent = text;
    return made;
  }

  // Text goes in as text: whatever a name holds, it is shown and never read as markup.
  function show(handler, event, item, value) {
    tip.textContent = "";
    if (value === null || value === undefined || value === "") {
      tip.style.display = "none";
      return;
    }
    Object.keys(value).forEach(function (key) {
      var row = document.createElement("div");
      row.appendChild(cell(key));
      row.appendChild(cell(String(value[key])));
      tip.appendChild(row);
    });
    tip.style.display = "block";
    var left = event.clientX + 14, top = event.clientY + 14;
    if (left + tip.offsetWidth > window.innerWidth - 6) { left = Math.max(6, event.clientX - tip.offsetWidth - 10); }
    if (top + tip.offsetHeight > window.innerHeight - 6) { top = Math.max(6, event.clientY - tip.offsetHeight - 10); }
    tip.style.left = left + "px";
    tip.style.top = top + "px";
  }

  var options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, tooltip: show, config: specs.look };
  var drawn = Array.from(document.querySelectorAll(".chart"), function (place) {
    var told = place.getAttribute("aria-label");
    return window.vegaEmbed(place, specs.panels[place.id], options).catch(function (error) {
      place.textContent = "This chart could not be drawn (" + error.message + "); its numbers are in the table below.";
    }).then(function () {
      // A chart is one picture with one description; what it is drawn of is not told part by part.
      place.setAttribute("role", "img");
      place.setAttribute("aria-label", told);
      place.removeAttribute("aria-roledescription");
      place.querySelectorAll("svg").forEach(function (drawing) { drawing.setAttribute("aria-hidden", "true"); });
    });
  });
  document.querySelectorAll("details").forEach(function (part) { part.open = false; });
  function hint() {
    document.querySelectorAll(".wide,.scroll").forEach(function (box) {
      var isCut = box.scrollWidth > box.clientWidth + 4;
      box.classList.toggle("cut", isCut);
      // What scrolls takes the focus, so that the arrow keys move it; tables do so always.
      if (box.classList.contains("wide")) { box.tabIndex = isCut ? 0 : -1; }
    });
  }
  window.addEventListener("resize", hint);
  Promise.all(drawn).then(hint);
  document.addEventListener("toggle", hint, true);
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { tip.style.display = "none"; }
  });
})();
