// The sites: a symbol each, footprints and numbers of what is in view, popups, and what filters let pass.
(function (hx) {
  "use strict";
  var el = hx.el, c = hx.data.sites, count = c.id.length, kinds = hx.kinds;
  var lon = hx.degrees(c.lon), lat = hx.degrees(c.lat), signs = [], group = null, numbers = null, map = null;
  var SHAPES_AT_ONCE = 2000, NUMBERS_AT_ONCE = 250, SEEN_PX = 7; // a smaller footprint is its symbol
  var passing = new Uint8Array(count).fill(1);
  var byNumber = {};
  c.id.forEach(function (id, i) { byNumber[id] = i; });

  hx.sites = {
    count: count,
    at: function (i) { return L.latLng(lat[i], lon[i]); },
    find: function (id) { return Object.prototype.hasOwnProperty.call(byNumber, id) ? byNumber[id] : -1; },
    passes: function (i) { return passing[i] === 1; },
    outcomes: function () { // how many of each, whatever is filtered
      var found = hx.words.outcomes.map(function () { return 0; });
      c.outcome.forEach(function (o) { found[o] += 1; });
      return found;
    },
    open: open
  };
  function filter(state) {
    var rule = state.rule === "" ? -1 : hx.words.rule_ids.indexOf(state.rule), sets = null;
    if (state.rule !== "") sets = c.sets.map(function (set) { return set.indexOf(rule) >= 0; });
    for (var i = 0; i < count; i++) {
      passing[i] = (!state.outcomes || state.outcomes.indexOf(c.outcome[i]) >= 0) && (state.city < 0 || c.city[i] === state.city) &&
        (!sets || sets[c.set[i]]) ? 1 : 0;
    }
  }

  hx.listen(filter); // first of all: table and map go by it

  function style(i) { return hx.words.outcomes[c.outcome[i]]; }
  function sign(i, radius) {
    var s = style(i);
    var layer = new hx.Sign([lat[i], lon[i]], { radius: radius, ring: s.shape, dot: !!c.demo[i], color: "#1a1a1a", weight: count > 5000 ? 0.6 : 1,
                                               fillColor: s.colour, fillOpacity: 0.95, dashArray: s.dashed ? "3 2" : null });
    layer.site = i;
    return layer;
  }
  function footprint(entry) {
    var s = style(entry[0]), parts = entry[2].map(hx.ring);
    var look = { color: s.colour, weight: 2.5, dashArray: s.dashed ? "6 4" : null, fillOpacity: 0.55,
                 fillColor: s.hatch && !hx.canvas ? "url(#hatch-" + s.key + ")" : s.colour };
    var layer = entry[1] ? L.polygon(parts, look) : L.polyline(parts, look); // holes by even-odd
    layer.site = entry[0];
    return layer;
  }
  var shapes = c.shapes.map(function (entry) { return { entry: entry, layer: null, bounds: null }; });
  function inView(shape, view) {
    if (!shape.bounds) shape.bounds = L.latLngBounds([].concat.apply([], shape.entry[2].map(hx.ring)));
    if (!passing[shape.entry[0]] || !view.intersects(shape.bounds)) return false;
    var a = map.latLngToLayerPoint(shape.bounds.getNorthWest()), b = map.latLngToLayerPoint(shape.bounds.getSouthEast());
    return Math.max(b.x - a.x, b.y - a.y) >= SEEN_PX;
  }
  function drawFootprints() {
    var view = map.getBounds().pad(0.2), left = SHAPES_AT_ONCE, added = false;
    shapes.forEach(function (shape) {
      var on = left > 0 && inView(shape, view);
      if (on) left -= 1;
      if (on && !shape.layer) shape.layer = footprint(shape.entry);
      if (shape.layer && on !== group.hasLayer(shape.layer)) {
        group[on ? "addLayer" : "removeLayer"](shape.layer);
        if (on && map.hasLayer(shape.layer)) { shape.layer.bringToBack(); added = true; }
      }
    });
    if (added) hx.reorder(map);
  }
  function drawNumbers() {
    if (!numbers || !numbers._map) return;
    var view = map.getBounds(), wanted = [];
    for (var i = 0; i < count; i++) if (passing[i] && view.contains([lat[i], lon[i]])) wanted.push(i);
    if (wanted.length > NUMBERS_AT_ONCE) wanted = wanted.sort(function (a, b) { return c.outcome[a] - c.outcome[b] || a - b; }).slice(0, NUMBERS_AT_ONCE);
    numbers.clearLayers();
    wanted.forEach(function (i) { numbers.addLayer(hx.name("site", c.id[i], [lat[i], lon[i]])); });
    hx.declutter(map);
  }

  kinds.sites = function () {
    var radius = count > 10000 ? 3.5 : count > 300 ? 5 : 8;
    group = L.featureGroup();
    for (var i = count - 1; i >= 0; i--) signs[i] = sign(i, radius);
    // the strictest above the others
    var order = signs.map(function (_, i) { return i; }).sort(function (a, b) { return c.outcome[b] - c.outcome[a] || b - a; });
    order.forEach(function (i) { group.addLayer(signs[i]); });
    group.bindTooltip(function (layer) {
      var i = layer.site;
      return el("span", "", c.id[i] + "　" + c.name[i] + "　" + style(i).name);
    }, { sticky: true });
    group.bindPopup(function (layer) { return hx.cards.site(layer.site); }, hx.card());
    group.bringToFront = function () { // footprints below symbols
      shapes.forEach(function (shape) { if (shape.layer && shape.layer._map) shape.layer.bringToFront(); });
      order.forEach(function (i) { if (signs[i]._map) signs[i].bringToFront(); });
      return group;
    };
    return group;
  };
  kinds.numbers = function () {
    numbers = L.layerGroup();
    numbers.on("add", function () { map = numbers._map; drawNumbers(); });
    return numbers;
  };
  hx.startSites = function (on) {
    map = on;
    if (!group) return;
    map.on("moveend", function () { drawFootprints(); drawNumbers(); });
    hx.listen(function () {
      var popup = group.getPopup();
      if (popup.isOpen() && popup._source && !passing[popup._source.site]) map.closePopup();
      signs.forEach(function (layer, i) {
        if ((passing[i] === 1) !== group.hasLayer(layer)) group[passing[i] ? "addLayer" : "removeLayer"](layer);
      });
      drawFootprints();
      drawNumbers();
      if (map.hasLayer(group)) hx.reorder(map);
    });
  };
  function open(i, zoom) { // go to a site and open its popup
    if (!passing[i]) hx.change({ outcomes: null, city: -1, rule: "" });
    map.addLayer(group);
    map.setView(hx.sites.at(i), zoom || Math.max(map.getZoom(), 12), { animate: false });
    group.getPopup()._source = signs[i];
    group.openPopup(hx.sites.at(i));
  }
})(hongxian);
