// An online base map, only where the user asked for one. Tiles in GCJ-02 are shifted, never the data.
(function (hx) {
  "use strict";
  function shifted(at) { var p = hx.gcj02(at.lng, at.lat); return L.latLng(p[1], p[0]); }
  // a tile layer that believes the map to be where GCJ-02 says it is
  hx.ShiftedTiles = L.TileLayer.extend({
    _getTiledPixelBounds: function (centre) { return L.TileLayer.prototype._getTiledPixelBounds.call(this, shifted(centre)); },
    _setZoomTransform: function (level, centre, zoom) { L.TileLayer.prototype._setZoomTransform.call(this, level, shifted(centre), zoom); },
    _update: function (centre) { // the shift itself differs from place to place
      if (this._map && !centre) this._setZoomTransforms(this._map.getCenter(), this._map.getZoom());
      L.TileLayer.prototype._update.call(this, centre);
    }
  });
  hx.startTiles = function (map) {
    var tiles = hx.data.tiles;
    if (!tiles) return;
    var Layer = tiles.gcj02 ? hx.ShiftedTiles : L.TileLayer;
    var group = L.layerGroup(tiles.urls.map(function (url) {
      return new Layer(url, { subdomains: tiles.servers, maxZoom: 18, className: "online" });
    })).addTo(map);
    var button = hx.el("button", "tiles-button", tiles.title);
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    button.addEventListener("click", function () {
      var on = map.hasLayer(group);
      map[on ? "removeLayer" : "addLayer"](group);
      button.setAttribute("aria-pressed", String(!on));
    });
    hx.place(map, "bottomleft", hx.el("div", "leaflet-bar leaflet-control tiles-control", button, hx.el("small", "", " © " + tiles.credit)));
  };
})(hongxian);
