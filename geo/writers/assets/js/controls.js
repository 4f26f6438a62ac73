// The controls on the map: search, position, legend, print, their names for screen readers.
(function (hx) {
  "use strict";
  var el = hx.el, c = hx.data.sites;

  hx.isLow = function () { return window.innerHeight < 760 || window.innerWidth < 1000; }; // no room for switches and legend at once
  hx.place = function (map, position, node) {
    var control = L.control({ position: position });
    control.onAdd = function () {
      L.DomEvent.disableClickPropagation(node);
      L.DomEvent.disableScrollPropagation(node);
      return node;
    };
    return control.addTo(map);
  };

  // ---- search by number or name, in the data: a site that a filter hides is found too ----
  hx.search = function (map) {
    var found = {};
    var places = hx.data.places || []; // name, south, west, north, east
    if (hx.sites.count || places.length) {
      var control = new L.Control.Search({
        sourceData: function (text, answer) {
          var words = text.trim().toLowerCase(), hits = [];
          found = {};
          for (var i = 0; i < hx.sites.count && hits.length < 20 && words; i++) {
            var title = c.id[i] + "　" + c.name[i];
            if (title.toLowerCase().indexOf(words) < 0) continue;
            found[title] = i;
            hits.push({ title: title, loc: hx.sites.at(i) });
          }
          places.forEach(function (place) {
            if (!words || hits.length >= 20 || place[0].toLowerCase().indexOf(words) < 0) return;
            found[place[0]] = place;
            hits.push({ title: place[0], loc: L.latLng((place[1] + place[3]) / 2, (place[2] + place[4]) / 2) });
          });
          answer(hits);
          return { abort: function () {} };
        },
        filterData: function (text, records) { return records; },
        initial: false, collapsed: false, marker: false, tooltipLimit: 20, delayType: 200,
        textPlaceholder: hx.sites.count ? hx.say("按编号或名称查找" + hx.words.things, "Find " + hx.words.things + " by number or name") : hx.say("按县名、河名查找", "Find a county or river"), textErr: hx.say("没有找到", "nothing found"), textCancel: hx.say("清除", "clear"), autoType: false, firstTipSubmit: true,
        buildTip: function (text) { return el("li", "", text); },
        moveToLocation: function (latlng, title) { 
          var hit = found[title];
          if (Array.isArray(hit)) map.fitBounds([[hit[1], hit[2]], [hit[3], hit[4]]], { animate: false });
          else hx.sites.open(hit);
        }
      });
      map.addControl(control);
    }
    L.control.zoom({ position: "topleft", zoomInTitle: hx.say("放大", "zoom in"), zoomOutTitle: hx.say("缩小", "zoom out") }).addTo(map);
  };

  // ---- position: degrees and metres of the zone; where there is no pointer, of the middle ----
  L.Control.MousePosition.include({
    onAdd: function (map) {
      this._container = el("div", "leaflet-control-mouseposition");
      L.DomEvent.disableClickPropagation(this._container);
      map.on("mousemove", this._onMouseMove, this);
      map.on("moveend mouseout", this._middle, this);
      return this._container;
    },
    _say: function (what, at) {
      var lines = hx.positionText(at.lng, at.lat);
      this._container.replaceChildren(el("div", "", el("small", "", what), " " + lines[0]), el("div", "", lines[1]));
    },
    _onMouseMove: function (e) { this._say(hx.say("指针", "pointer"), e.latlng.wrap()); },
    _middle: function () { this._say(hx.say("图面中心", "centre"), this._map.getCenter().wrap()); }
  });

  // ---- the legend shows what is on the map ----
  hx.showLegend = function (map) {
    var legend = document.getElementById("legend").content.firstElementChild.cloneNode(true);
    legend.classList.add("leaflet-control");
    legend.open = !hx.isLow() || window.innerWidth >= 1000;
    hx.place(map, "bottomright", legend);
    function update() {
      legend.querySelectorAll("section").forEach(function (part) {
        var any = false;
        part.querySelectorAll("li[data-layer]").forEach(function (item) {
          var layer = hx.overlays[item.dataset.layer];
          item.hidden = !!layer && !map.hasLayer(layer);
          any = any || !item.hidden;
        });
        part.hidden = !any;
      });
    }
    function limit() {
      var switches = map.getContainer().querySelector(".leaflet-control-layers");
      legend.style.maxHeight = Math.max(150, map.getSize().y - (switches ? switches.offsetHeight : 0) - 50) + "px";
    }
    map.on("overlayadd overlayremove", update);
    map.on("resize", limit);
    update();
    limit();
    return legend;
  };

  // ---- what the plugins leave unsaid ----
  hx.name_controls = function (map) {
    var box = map.getContainer();
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", hx.say("地图：用方向键移动，加减键缩放；项目也可在左侧清单中用键盘选择", "Map: arrow keys move it, plus and minus zoom; sites can also be chosen by keyboard in the list"));
    function all(selector, attributes) {
      box.querySelectorAll(selector).forEach(function (node) {
        Object.keys(attributes).forEach(function (key) {
          if (attributes[key] === null) node.removeAttribute(key); else node.setAttribute(key, attributes[key]);
        });
      });
    }
    all(".search-input", { role: null, "aria-label": hx.say("按编号或名称查找项目 search sites", "search sites"), type: "search" });
    all("label.search-input", { hidden: "", "aria-hidden": "true", "aria-label": null });
    all(".search-button", { role: "button", "aria-label": hx.say("查找 search", "search") });
    all(".search-cancel", { role: "button", "aria-label": hx.say("清除 clear", "clear") });
    all(".search-tooltip", { "aria-label": hx.say("查找结果 hits", "hits"), role: null });
    all(".leaflet-control-layers", { "aria-haspopup": null, role: "group", "aria-label": hx.say("图层 layers", "layers") });
    all(".leaflet-control-layers-toggle", { role: "button", title: hx.say("图层 layers", "layers"), "aria-label": hx.say("图层 layers", "layers") });
    all(".leaflet-control-measure-toggle", { role: "button", title: hx.say("测量距离和面积 measure", "measure"), "aria-label": hx.say("测量距离和面积 measure", "measure") });
    all(".leaflet-control-measure .js-start, .leaflet-control-measure .js-cancel, .leaflet-control-measure .js-finish", { role: "button" });
    all(".leaflet-control-zoom-fullscreen", { role: "button", "aria-label": hx.say("全屏 full screen", "full screen") });
    var sites = box.querySelectorAll(".leaflet-control-layers-group");
    sites.forEach(function (group) {
      var name = group.querySelector(".leaflet-control-layers-group-label");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", name ? name.textContent.trim() : "");
    });
  };
  // the switches are written anew with every change of a layer
  var update = L.Control.GroupedLayers.prototype._update;
  L.Control.GroupedLayers.include({
    _update: function () {
      update.call(this);
      if (this._map && this._map._loaded) hx.name_controls(this._map);
    }
  });

  // the measure control makes markers of Leaflet's own kind for a moment, whose pictures are files
  L.Marker.prototype.options.icon = L.divIcon({ className: "", iconSize: [0, 0] });
  L.Map.addInitHook(function () {
    hx.canvas = this.options.preferCanvas; // a canvas knows no hatches
    var pane = this.createPane("names");
    pane.style.zIndex = 450;
    pane.style.pointerEvents = "none";
  });
})(hongxian);
