// A link to the view: place, layers, filters, day and the open site stand in the address after #.
(function (hx) {
  "use strict";
  var c = hx.data.sites, w = hx.words, first = {};

  function write(map, site) {
    var centre = map.getCenter(), s = hx.state, parts = new URLSearchParams();
    parts.set("map", [map.getZoom(), centre.lat.toFixed(5), centre.lng.toFixed(5)].join("/"));
    var on = [], off = [];
    Object.keys(hx.overlays).forEach(function (key) {
      var shown = map.hasLayer(hx.overlays[key]);
      if (shown !== first[key]) (shown ? on : off).push(key);
    });
    if (on.length) parts.set("on", on.join(","));
    if (off.length) parts.set("off", off.join(","));
    if (s.outcomes) parts.set("outcome", s.outcomes.map(function (o) { return w.outcomes[o].key; }).join(","));
    if (s.city >= 0) parts.set("city", c.cities[s.city]);
    if (s.rule) parts.set("rule", s.rule);
    if (s.day !== w.on) parts.set("day", s.day);
    if (site !== null) parts.set("site", c.id[site]);
    return "#" + parts.toString();
  }
  function read(map) { // true where the address told a place
    var parts = new URLSearchParams(location.hash.slice(1)), place = (parts.get("map") || "").split("/").map(Number);
    function keys(name) { return (parts.get(name) || "").split(",").filter(function (k) { return Object.prototype.hasOwnProperty.call(hx.overlays, k); }); }
    keys("on").forEach(function (key) { map.addLayer(hx.overlays[key]); });
    keys("off").forEach(function (key) { map.removeLayer(hx.overlays[key]); });
    var outcomes = (parts.get("outcome") || "").split(",").map(function (key) {
      return w.outcomes.findIndex(function (o) { return o.key === key; });
    }).filter(function (o) { return o >= 0; });
    var rule = parts.get("rule") || "", day = parts.get("day") || w.on;
    hx.change({
      outcomes: parts.has("outcome") ? outcomes : null,
      city: c.cities.indexOf(parts.get("city")),
      rule: Object.prototype.hasOwnProperty.call(w.rules, rule) ? rule : "",
      day: w.days.some(function (d) { return d[0] === day; }) ? day : w.on
    });
    var known = place.length === 3 && place.every(isFinite) && Math.abs(place[1]) <= 85;
    if (known) map.setView([place[1], place[2]], place[0], { animate: false });
    var site = parts.has("site") ? hx.sites.find(parts.get("site")) : -1;
    if (site >= 0) hx.sites.open(site, known ? place[0] : undefined);
    return known || site >= 0;
  }

  hx.startView = function (map) {
    var link = document.getElementById("view-link"), open = null, ours = location.hash;
    Object.keys(hx.overlays).forEach(function (key) { first[key] = map.hasLayer(hx.overlays[key]); });
    var told = location.hash.length > 1 && read(map);
    function update() {
      if (document.documentElement.classList.contains("printing")) return;
      ours = write(map, open);
      link.href = ours;
      history.replaceState(null, "", ours);
    }
    var wait = null;
    function soon() { clearTimeout(wait); wait = setTimeout(update, 150); }
    map.on("moveend overlayadd overlayremove", soon);
    map.on("popupopen", function (e) { var s = e.popup._source; open = s && s.site !== undefined ? s.site : null; soon(); });
    map.on("popupclose", function () { open = null; soon(); });
    hx.listen(soon);
    window.addEventListener("hashchange", function () { if (location.hash !== ours) read(map); });
    link.addEventListener("click", function (e) {
      e.preventDefault();
      update();
      var said = link.querySelector("small") || link;
      if (navigator.clipboard) navigator.clipboard.writeText(location.href).then(function () { said.textContent = hx.say("已复制", "copied"); }, function () { said.textContent = hx.say("请复制地址栏", "copy the address"); });
      else said.textContent = hx.say("请复制地址栏", "copy the address");
    });
    return told;
  };
})(hongxian);
