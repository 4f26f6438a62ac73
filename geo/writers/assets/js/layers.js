// Layers other than the sites: zones, reference lines, further layers, the base map.
(function (hx) {
  "use strict";
  var el = hx.el, cards = hx.cards, kinds = hx.kinds;
  var ORDER = ["borders", "ground", "crowd", "zones", "water", "more", "references", "sites"]; // from below to above
  var drawn = {}; // kind: layers, for keeping that order

  hx.overlays = {}; // key: layer, for the legend and for links to a view
  hx.layer = function (kind, key) { // a layer of the map, as folium asks for it
    var layer = kinds[kind](hx.data.layers[key], key);
    (drawn[kind] = drawn[kind] || []).push(layer);
    hx.overlays[key] = layer;
    return layer;
  };
  hx.reorder = function (map) {
    ORDER.forEach(function (kind) {
      (drawn[kind] || []).forEach(function (layer) { if (map.hasLayer(layer)) layer.bringToFront(); });
    });
  };
  hx.card = function () { // a popup as wide as the screen allows, beside the panels
    var phone = window.innerWidth < 800, wide = Math.min(460, window.innerWidth - (phone ? 44 : 70));
    return { maxWidth: wide, minWidth: Math.min(300, wide), maxHeight: Math.max(160, Math.min(430, window.innerHeight - 260)),
             autoPanPaddingTopLeft: phone ? [6, 10] : [56, 12], autoPanPaddingBottomRight: [window.innerWidth >= 1250 ? 322 : phone ? 6 : 20, 20] };
  };
  function each(layer, make) { layer.bindPopup(make, hx.card()); return layer; }

  kinds.borders = function (data) {
    return L.geoJSON(data, {
      interactive: false,
      style: function (f) {
        var city = f.properties.kind === "city";
        return { color: hx.words.border, weight: city ? 1.8 : 0.8, dashArray: city ? null : "4 3", opacity: city ? 0.9 : 0.7 };
      }
    });
  };
  kinds.water = function (data) {
    return L.geoJSON(data, {
      style: function (f) {
        return { color: hx.words.water, weight: 1.8, dashArray: f.properties.schematic ? "5 4" : null, fillOpacity: 0.35 };
      },
      onEachFeature: function (f, layer) {
        if (f.properties.name) layer.bindTooltip(el("span", "", f.properties.name + (f.properties.schematic ? hx.say("（示意）", " (schematic)") : "")), { sticky: true });
      }
    });
  };
  kinds.references = function (content) {
    return L.geoJSON(hx.shapes(content.shapes), {
      style: function (f) { return { color: "#1a1a1a", weight: 1.5, dashArray: content.facts[f.properties].demo ? "1 4" : null }; },
      onEachFeature: function (f, layer) {
        each(layer, function () { return cards.reference(content.facts[f.properties], content.step_m); });
      }
    });
  };

  // zones: those that hold on the day chosen, and of the rule chosen
  kinds.zones = function (content) {
    var colour = hx.words.effects[content.effect].colour, at = null, all = [], group = L.featureGroup();
    content.parts.forEach(function (part) {
      L.geoJSON(hx.shapes(part.shapes), {
        style: function (f) {
          var doubtful = part.facts[f.properties].doubt !== "";
          return { color: colour, weight: 1, opacity: doubtful ? 0.6 : 0.9, dashArray: doubtful ? "5 4" : null,
                   fillColor: colour, fillOpacity: doubtful ? 0.06 : 0.16 };
        }
      }).eachLayer(function (layer) {
        layer.facts = part.facts[layer.feature.properties];
        layer.step = part.step_m;
        all.push(layer);
      });
    });
    group.on("click", function (e) { at = e.latlng; }); // before the popup asks for its content
    each(group, function (layer) { return cards.zones(layer, at, drawn.zones); });
    function choose(state) {
      all.forEach(function (layer) {
        var on = layer.facts.rules.some(function (term) {
          return (state.rule === "" || state.rule === term[0]) && hx.holds(term[1], term[2], state.day);
        });
        if (on !== group.hasLayer(layer)) group[on ? "addLayer" : "removeLayer"](layer);
      });
      if (group._map) hx.reorder(group._map);
    }
    choose(hx.state);
    hx.listen(choose);
    return group;
  };

  // any further layer of the run
  kinds.more = function (content) {
    var rows = null, look = content.look, group = L.featureGroup();
    function card(layer) {
      if (!rows) rows = hx.unpack(content.rows);
      return cards.row(content.title, content.columns, rows[layer.row], content.step_m);
    }
    if (content.shapes) {
      L.geoJSON(hx.shapes(content.shapes), { style: function () { return look; } }).eachLayer(function (layer) {
        layer.row = layer.feature.properties;
        group.addLayer(layer);
        if (content.arrow) head(layer).forEach(function (sign) { sign.row = layer.row; group.addLayer(sign); });
      });
    } else {
      var lon = hx.degrees(content.lon), lat = hx.degrees(content.lat);
      lon.forEach(function (x, k) {
        var sign = L.circleMarker([lat[k], x], Object.assign({}, look, { radius: 4, fillColor: look.color, fillOpacity: Math.max(look.fillOpacity, 0.5) }));
        sign.row = content.at[k];
        group.addLayer(sign);
      });
    }
    group.bindTooltip(function () { return el("span", "", content.title); }, { sticky: true });
    return each(group, card);
  };
  kinds.ground = kinds.more; // drawn below everything that lies on it
  function head(line) { // an arrow's head at the end of a line
    var parts = line.getLatLngs(), points = parts.length && Array.isArray(parts[0]) ? parts[parts.length - 1] : parts;
    if (points.length < 2) return [];
    var a = points[points.length - 2], b = points[points.length - 1];
    var turn = Math.atan2((b.lng - a.lng) * Math.cos(b.lat * Math.PI / 180), b.lat - a.lat);
    var ring = [[0, -1], [0.7, 0.9], [0, 0.5], [-0.7, 0.9]].map(function (p) {
      return [p[0] * Math.cos(turn) - p[1] * Math.sin(turn), p[0] * Math.sin(turn) + p[1] * Math.cos(turn)];
    });
    return [new hx.Sign(b, { radius: 7, ring: ring, color: line.options.color, fillColor: line.options.color, weight: 1, fillOpacity: 1 })];
  }

  kinds.crowd = function (content) { // counts of all sites where they are too many to draw
    var size = content.size, group = L.featureGroup(), most = 1;
    content.cells.forEach(function (cell) { most = Math.max(most, sum(cell)); });
    content.cells.forEach(function (cell) {
      var west = cell[0] * size, south = cell[1] * size, share = Math.sqrt(sum(cell) / most);
      var square = L.rectangle([[south, west], [south + size, west + size]],
        { color: "#4a4a4a", weight: 0.5, opacity: 0.5, fillColor: "#4a4a4a", fillOpacity: 0.06 + 0.44 * share });
      square.counts = cell.slice(2);
      group.addLayer(square);
    });
    group.bindTooltip(function (square) { return el("span", "", hx.say("项目 ", "") + square.counts.reduce(function (a, b) { return a + b; }, 0) + hx.say(" 个", " sites")); }, { sticky: true });
    return each(group, function (square) { return cards.cell(square.counts); });
  };
  function sum(cell) { return cell.slice(2).reduce(function (a, b) { return a + b; }, 0); }

  kinds.names = function (items) {
    return L.layerGroup(items.map(function (item) { return hx.name(item[0], item[1], [item[2], item[3]]); }));
  };
  hx.name = function (rank, text, at) {
    var icon = L.divIcon({ className: "name name-" + rank, html: el("span", "", text), iconSize: [0, 0] });
    return L.marker(at, { icon: icon, interactive: false, keyboard: false, pane: "names", rank: rank });
  };
})(hongxian);
