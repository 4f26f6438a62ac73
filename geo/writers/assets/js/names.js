// Names that cover neither each other nor a symbol: cities first, then numbers, rivers, counties.
(function (hx) {
  "use strict";
  var RANK = { city: 0, site: 1, water: 2, county: 3 };
  var CITY = [[0, 0], [0, -1.6], [0, 1.6], [-1, 0], [1, 0]]; // places to try, in widths and heights of the name
  var SITE = [[0.5, 0, 9, 0], [-0.5, 0, -9, 0], [0, -0.5, 0, -8], [0, 0.5, 0, 8]]; // beside, above, below the symbol
  hx.declutter = function (map) {
    var taken = [], names = [];
    map.getContainer().classList.toggle("far", map.getZoom() < 9);
    map.getContainer().classList.toggle("near", map.getZoom() >= 10);
    map.eachLayer(function (layer) {
      if (layer instanceof hx.Sign) {
        if (taken.length > 1500) return; // so many cover every place there is
        var p = map.latLngToContainerPoint(layer.getLatLng());
        taken.push([p.x - 6, p.y - 6, p.x + 6, p.y + 6]);
      } else if (layer.options.rank && layer._icon) names.push(layer);
    });
    names.sort(function (a, b) { return RANK[a.options.rank] - RANK[b.options.rank] || a._leaflet_id - b._leaflet_id; });
    // write, then read, then write: each turn from one to the other lays out the page anew
    names.forEach(function (layer) { layer._icon.classList.remove("covered"); });
    var sizes = names.map(function (layer) {
      var span = layer._icon.firstChild;
      return getComputedStyle(layer._icon).visibility === "hidden" ? null : [span.offsetWidth, span.offsetHeight];
    });
    names.forEach(function (layer, k) {
      if (!sizes[k]) return;
      var icon = layer._icon, span = icon.firstChild, p = map.latLngToContainerPoint(layer.getLatLng());
      var w = sizes[k][0], h = sizes[k][1] * 0.8, kind = layer.options.rank;
      var found = (kind === "site" ? SITE : kind === "city" ? CITY : [[0, 0]]).some(function (t) {
        var x = t[0] * w + (t[2] || 0), y = t[1] * h + (t[3] || 0);
        var box = [p.x + x - w / 2, p.y + y - h / 2, p.x + x + w / 2, p.y + y + h / 2];
        if (taken.some(function (o) { return box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3]; })) return false;
        span.style.transform = "translate(" + (x - w / 2) + "px," + (y - sizes[k][1] / 2) + "px)";
        taken.push(box);
        return true;
      });
      if (!found) icon.classList.add("covered");
    });
  };
})(hongxian);
