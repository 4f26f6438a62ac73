// Symbols: circle markers with a shape of their own, on SVG and on canvas; hatches for footprints.
(function (hx) {
  "use strict";
  var Sign = hx.Sign = L.CircleMarker.extend({ _updatePath: function () { this._renderer._updateSymbol(this); } });
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

  hx.hatches = function () { // fills for footprints; the paths of the map refer to them by id
    var ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg");
    svg.setAttribute("width", 0); svg.setAttribute("height", 0); svg.style.position = "absolute";
    hx.words.outcomes.forEach(function (style) {
      if (!style.hatch) return;
      var pattern = document.createElementNS(ns, "pattern"), line = document.createElementNS(ns, "path");
      [["id", "hatch-" + style.key], ["width", 6], ["height", 6], ["patternUnits", "userSpaceOnUse"], ["patternTransform", "rotate(45)"]]
        .forEach(function (a) { pattern.setAttribute(a[0], a[1]); });
      [["d", "M1.5 0V6"], ["stroke", style.colour], ["stroke-width", 3]].forEach(function (a) { line.setAttribute(a[0], a[1]); });
      pattern.append(line); svg.append(pattern);
    });
    svg.setAttribute("aria-hidden", "true");
    document.body.append(svg);
  };
})(hongxian);
