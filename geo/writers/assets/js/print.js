// Printing: the sheet has its own size, so the map is laid out anew for it, with scale and coordinate ticks.
(function (hx) {
  "use strict";
  var el = hx.el, STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1, 2, 5];

  function scaleText(map) { // metres on the ground for a metre of paper; CSS pixels are 1/96 inch
    var size = map.getSize(), y = size.y / 2;
    var a = map.containerPointToLatLng([0, y]), b = map.containerPointToLatLng([size.x, y]);
    var scale = map.distance(a, b) / (size.x * 0.0254 / 96), power = Math.pow(10, Math.floor(Math.log10(scale)) - 1);
    return hx.say("比例尺约 1:", "scale about 1:") + (Math.round(scale / power) * power).toLocaleString("en");
  }
  function ticks(map) { // degrees along the frame
    var box = el("div", "ticks"), b = map.getBounds(), size = map.getSize();
    var span = Math.min(b.getEast() - b.getWest(), b.getNorth() - b.getSouth());
    var step = STEPS.find(function (s) { return span / s <= 6; }) || 10;
    function label(v) { return v.toFixed(step < 0.1 ? 2 : step < 1 && step * 10 % 1 ? 2 : step < 1 ? 1 : 0) + "°"; }
    function add(side, px, text) {
      var tick = el("span", "tick tick-" + side, text);
      tick.style[side === "top" || side === "bottom" ? "left" : "top"] = px + "px";
      box.append(tick);
    }
    for (var lon = Math.ceil(b.getWest() / step) * step; lon < b.getEast(); lon += step) {
      var x = map.latLngToContainerPoint([b.getSouth(), lon]).x;
      if (x > 30 && x < size.x - 30) { add("top", x, label(lon)); add("bottom", x, label(lon)); }
    }
    for (var lat = Math.ceil(b.getSouth() / step) * step; lat < b.getNorth(); lat += step) {
      var y = map.latLngToContainerPoint([lat, b.getWest()]).y;
      if (y > 20 && y < size.y - 20) { add("left", y, label(lat)); add("right", y, label(lat)); }
    }
    return box;
  }

  hx.startPrint = function (map, legend) {
    var before = null, folds = [legend].concat(Array.from(legend.querySelectorAll("details.keep"))), frame = null;
    window.addEventListener("beforeprint", function () {
      if (before) return;
      before = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), open: folds.map(function (f) { return f.open; }) };
      folds.forEach(function (f) { f.open = true; });
      map.closePopup();
      document.documentElement.classList.add("printing");
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before.bounds.pad(-0.02), { animate: false });
      hx.declutter(map);
      document.getElementById("print-scale").textContent = scaleText(map);
      frame = ticks(map);
      map.getContainer().append(frame);
    });
    window.addEventListener("afterprint", function () {
      if (!before) return;
      document.documentElement.classList.remove("printing");
      folds.forEach(function (f, i) { f.open = before.open[i]; });
      frame.remove();
      map.invalidateSize({ animate: false, pan: false });
      map.setView(before.centre, before.zoom, { animate: false });
      before = null;
    });
  };
})(hongxian);
