// Draws what the page holds, and its controls.
(function (hx) {
  "use strict";
  var el = hx.el, cards = hx.cards;
  var ORDER = ["borders", "zones", "water", "references", "sites"]; // from below to above
  var drawn = {}; // kind: layers on the map, for keeping that order

  var CARD = { maxWidth: 460, minWidth: 300, maxHeight: 420, autoPanPaddingTopLeft: [60, 60], autoPanPaddingBottomRight: [20, 20] };
  function keep(kind, layer) {
    (drawn[kind] = drawn[kind] || []).push(layer);
    return layer;
  }

  // ---- symbols: circle markers with a shape of their own, on SVG and on canvas ----
  var SiteSign = L.CircleMarker.extend({ _updatePath: function () { this._renderer._updateSymbol(this); } });
  var DOT = 0.28; // a hole: the outcome hinges on demonstration data
  L.SVG.include({
    _updateSymbol: function (layer) {
      var p = layer._point, r = layer._radius, ring = layer.options.ring, d;
      function circle(q) { return "M" + (p.x - q) + "," + p.y + "a" + q + "," + q + " 0 1,0 " + 2 * q + ",0a" + q + "," + q + " 0 1,0 " + -2 * q + ",0z"; }
      if (layer._empty()) d = "M0 0";
      else {
        d = ring.length ? "M" + ring.map(function (c) { return (p.x + c[0] * r) + "," + (p.y + c[1] * r); }).join("L") + "z" : circle(r);
        if (layer.options.dot) d += circle(r * DOT);
      }
      this._setPath(layer, d);
    }
  });
  L.Canvas.include({
    _updateSymbol: function (layer) {
      if (!this._drawing || layer._empty()) return;
      var p = layer._point, r = layer._radius, ring = layer.options.ring, ctx = this._ctx;
      ctx.beginPath();
      if (ring.length) {
        ring.forEach(function (c, i) { ctx[i ? "lineTo" : "moveTo"](p.x + c[0] * r, p.y + c[1] * r); });
        ctx.closePath();
      } else ctx.arc(p.x, p.y, r, 0, 2 * Math.PI);
      if (layer.options.dot) { ctx.moveTo(p.x + r * DOT, p.y); ctx.arc(p.x, p.y, r * DOT, 0, 2 * Math.PI); }
      this._fillStroke(ctx, layer);
    }
  });

  // ---- layers ----
  hx.borders = function (data) {
    return keep("borders", L.geoJSON(data, {
      interactive: false,
      style: function (f) {
        var city = f.properties.kind === "city";
        return { color: hx.words.border, weight: city ? 1.8 : 0.8, dashArray: city ? null : "4 3", opacity: city ? 0.9 : 0.7 };
      }
    }));
  };
  hx.water = function (data) {
    return keep("water", L.geoJSON(data, {
      style: function (f) {
        return { color: hx.words.water, weight: 1.8, dashArray: f.properties.schematic ? "5 4" : null, fillOpacity: 0.35 };
      },
      onEachFeature: function (f, layer) {
        if (f.properties.name) layer.bindTooltip(el("span", "", f.properties.name + (f.properties.schematic ? "（示意）" : "")), { sticky: true });
      }
    }));
  };
  hx.references = function (data) {
    return keep("references", L.geoJSON(data, {
      style: function (f) { return { color: "#1a1a1a", weight: 1.5, dashArray: f.properties.demo ? "1 4" : null }; },
      pointToLayer: function (f, at) { return L.circleMarker(at, { radius: 3 }); },
      onEachFeature: function (f, layer) { layer.bindPopup(function () { return cards.reference(f.properties); }, CARD); }
    }));
  };
  hx.zones = function (content) {
    var colour = hx.words.effects[content.effect].colour, at = null;
    var group = L.geoJSON(content.features, {
      style: function (f) {
        var doubtful = f.properties.doubt !== "";
        return { color: colour, weight: 1, opacity: doubtful ? 0.6 : 0.9, dashArray: doubtful ? "5 4" : null,
                 fillColor: colour, fillOpacity: doubtful ? 0.06 : 0.16 };
      },
      onEachFeature: function (f, layer) {
        layer.on("click", function (e) { at = e.latlng; }); // before the popup asks for its content
        layer.bindPopup(function () { return cards.zones(layer, at, drawn.zones); }, CARD);
      }
    });
    return keep("zones", group);
  };
  hx.sites = function (content) {
    function look(outcome) { return hx.words.outcomes[outcome]; }
    var sites = {}, radius = content.points.features.length > 300 ? 5 : 8;
    var symbols = L.geoJSON(content.points, {
      pointToLayer: function (f, at) {
        var s = look(f.properties.outcome);
        return new SiteSign(at, { radius: radius, ring: s.shape, dot: !!f.properties.demo, color: "#1a1a1a", weight: 1,
                                fillColor: s.colour, fillOpacity: 0.95, dashArray: s.dashed ? "3 2" : null });
      },
      onEachFeature: function (f, layer) { sites[f.properties.id] = f.properties; introduce(layer, f.properties); }
    });
    var shapes = L.geoJSON(content.shapes, {
      style: function (f) {
        var s = look(f.properties.outcome);
        return { color: s.colour, weight: 2.5, dashArray: s.dashed ? "6 4" : null,
                 fillColor: s.hatch && !hx.canvas ? "url(#hatch-" + f.properties.outcome + ")" : s.colour, fillOpacity: 0.55 };
      },
      onEachFeature: function (f, layer) { introduce(layer, sites[f.properties.id]); }
    });
    var group = L.featureGroup([shapes, symbols]);
    group.symbols = symbols;
    return keep("sites", group);
  };
  function introduce(layer, site) {
    layer.bindTooltip(el("span", "", site.id + "　" + site.name + "　" + site.label), { sticky: layer instanceof L.Polygon });
    layer.bindPopup(function () { return cards.site(site); }, CARD);
  }
  hx.labels = function (items) {
    return L.layerGroup(items.map(function (item) {
      var icon = L.divIcon({ className: "name name-" + item[0], html: el("span", "", item[1]), iconSize: [0, 0] });
      return L.marker([item[2], item[3]], { icon: icon, interactive: false, keyboard: false, pane: "names", rank: item[0] });
    }));
  };

  // ---- controls ----
  hx.isLow = function () { return window.innerHeight < 760; }; // no room for switches and legend at once
  hx.search = function (map, sites) {
    var control = new L.Control.Search({
      layer: sites.symbols, propertyName: "find", initial: false, collapsed: false, marker: false, tooltipLimit: 20,
      textPlaceholder: "按编号或名称查找项目", textErr: "没有找到", textCancel: "清除", autoType: false, firstTipSubmit: true,
      buildTip: function (text) { return el("li", "", text); },
      moveToLocation: function (latlng) {
        map.addLayer(sites);
        map.setView(latlng, Math.max(map.getZoom(), 12), { animate: false });
        latlng.layer.openPopup();
      }
    });
    map.addControl(control);
    L.control.zoom({ position: "topleft", zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  };
  function place(map, position, node) {
    var control = L.control({ position: position });
    control.onAdd = function () {
      L.DomEvent.disableClickPropagation(node);
      L.DomEvent.disableScrollPropagation(node);
      return node;
    };
    return control.addTo(map);
  }
  function hatches() { // fills for footprints; the paths of the map refer to them by id
    var ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
    svg.setAttribute("width", 0); svg.setAttribute("height", 0); svg.style.position = "absolute";
    Object.keys(hx.words.outcomes).forEach(function (key) {
      var style = hx.words.outcomes[key];
      if (!style.hatch) return;
      var pattern = document.createElementNS(ns, "pattern"), line = document.createElementNS(ns, "path");
      [["id", "hatch-" + key], ["width", 6], ["height", 6], ["patternUnits", "userSpaceOnUse"], ["patternTransform", "rotate(45)"]]
        .forEach(function (a) { pattern.setAttribute(a[0], a[1]); });
      [["d", "M1.5 0V6"], ["stroke", style.colour], ["stroke-width", 3]].forEach(function (a) { line.setAttribute(a[0], a[1]); });
      pattern.append(line); svg.append(pattern);
    });
    document.body.append(svg);
  }

  // ---- names that cover neither each other nor a symbol: cities first, then numbers, rivers, counties ----
  var RANK = { city: 0, site: 1, water: 2, county: 3 };
  var CITY = [[0, 0], [0, -1.6], [0, 1.6], [-1, 0], [1, 0]]; // places to try, in widths and heights of the name
  var SITE = [[0.5, 0, 9, 0], [-0.5, 0, -9, 0], [0, -0.5, 0, -8], [0, 0.5, 0, 8]]; // beside, above, below the symbol
  function declutter(map) {
    var taken = [], names = [];
    map.getContainer().classList.toggle("far", map.getZoom() < 9);
    map.getContainer().classList.toggle("near", map.getZoom() >= 10);
    map.eachLayer(function (layer) {
      if (layer instanceof SiteSign) {
        var p = map.latLngToContainerPoint(layer.getLatLng());
        taken.push([p.x - 6, p.y - 6, p.x + 6, p.y + 6]);
      } else if (layer.options.rank && layer._icon) names.push(layer);
    });
    names.sort(function (a, b) { return RANK[a.options.rank] - RANK[b.options.rank] || a._leaflet_id - b._leaflet_id; });
    names.forEach(function (layer) {
      var icon = layer._icon, span = icon.firstChild, p = map.latLngToContainerPoint(layer.getLatLng());
      icon.classList.remove("covered");
      if (getComputedStyle(icon).visibility === "hidden") return;
      var w = span.offsetWidth, h = span.offsetHeight * 0.8, kind = layer.options.rank;
      var found = (kind === "site" ? SITE : kind === "city" ? CITY : [[0, 0]]).some(function (t) {
        var x = t[0] * w + (t[2] || 0), y = t[1] * h + (t[3] || 0);
        var box = [p.x + x - w / 2, p.y + y - h / 2, p.x + x + w / 2, p.y + y + h / 2];
        if (taken.some(function (o) { return box[0] < o[2] && o[0] < box[2] && box[1] < o[3] && o[1] < box[3]; })) return false;
        span.style.transform = "translate(" + (x - w / 2) + "px," + (y - span.offsetHeight / 2) + "px)";
        taken.push(box);
        return true;
      });
      if (!found) icon.classList.add("covered");
    });
  }
  function reorder(map) {
    ORDER.forEach(function (kind) {
      (drawn[kind] || []).forEach(function (layer) { if (map.hasLayer(layer)) layer.bringToFront(); });
    });
  }

  // ---- print: the sheet has its own size, so the map is laid out anew for it ----
  function printing(map, legend) {
    var before = null, folds = [legend].concat(Array.from(legend.querySelectorAll("details")));
    window.addEventListener("beforeprint", function () {
      if (before) return;
      before = { bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), open: folds.map(function (f) { return f.open; }) };
      folds.forEach(function (f) { f.open = true; });
      document.documentElement.classList.add("printing");
      map.invalidateSize({ animate: false, pan: false });
      map.fitBounds(before.bounds.pad(-0.04), { animate: false });
      declutter(map);
    });
    window.addEventListener("afterprint", function () {
      if (!before) return;
      document.documentElement.classList.remove("printing");
      folds.forEach(function (f, i) { f.open = before.open[i]; });
      map.invalidateSize({ animate: false, pan: false });
      map.setView(before.centre, before.zoom, { animate: false });
      before = null;
    });
  }

  hx.start = function (map, bounds) {
    hatches();
    L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 140 }).addTo(map);
    var button = el("button", "print-button", "打印");
    button.type = "button"; button.title = "打印 A4 print";
    button.addEventListener("click", function () { window.print(); });
    place(map, "topleft", el("div", "leaflet-bar leaflet-control print-control", button));
    place(map, "topright", document.getElementById("north").content.firstElementChild.cloneNode(true));
    var icon = map.getContainer().querySelector(".leaflet-control-layers-toggle");
    if (icon) icon.title = "图层 layers";
    var legend = document.getElementById("legend").content.firstElementChild.cloneNode(true);
    legend.classList.add("leaflet-control");
    place(map, "bottomright", legend);
    function limit() {
      var switches = map.getContainer().querySelector(".leaflet-control-layers");
      var above = switches ? switches.offsetHeight : 0;
      legend.style.maxHeight = Math.max(160, map.getSize().y - above - 50) + "px";
    }
    map.on("resize", limit);
    map.on("overlayadd", function () { reorder(map); declutter(map); });
    map.on("zoomend", function () { declutter(map); });
    var wide = map.getSize().x > 900; // the panels on the right cover no site then
    map.fitBounds(bounds, { paddingTopLeft: [60, 40], paddingBottomRight: [wide ? 320 : 60, 40], maxZoom: 13, animate: false });
    reorder(map);
    limit();
    declutter(map);
    printing(map, legend);
  };
  // the measure control makes markers of Leaflet's own kind for a moment, whose pictures are files
  L.Marker.prototype.options.icon = L.divIcon({ className: "", iconSize: [0, 0] });
  L.Map.addInitHook(function () {
    hx.canvas = this.options.preferCanvas; // a canvas knows no hatches
    var pane = this.createPane("names");
    pane.style.zIndex = 450;
    pane.style.pointerEvents = "none";
  });
})(hongxian);
