// What the page holds, and how it is read: compressed lots, phrases with numbers apart, coordinates as steps.
var hongxian = { kinds: {}, cards: {} };

(function (hx) {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent), phrases = null, lots = {};

  hx.data = data;
  hx.words = data.words;
  hx.unpack = function (text) {
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
    return JSON.parse(new TextDecoder().decode(pako.inflate(bytes)));
  };
  hx.phrase = function (coded) { // [which, number, number, …]
    if (!phrases) phrases = hx.unpack(data.phrases);
    var k = 0;
    return phrases[coded[0]].replace(/\x01/g, function () { k += 1; return coded[k]; });
  };
  hx.said = function (site) { // what the popup of a site says beside the columns
    var size = data.sites.lot, lot = Math.floor(site / size);
    if (!lots[lot]) lots[lot] = hx.unpack(data.lots[lot]);
    return lots[lot][site % size];
  };
  hx.degrees = function (steps) {
    var at = 0;
    return steps.map(function (step) { at += step; return at / 1e6; });
  };
  hx.ring = function (pair) { // [[lon steps], [lat steps]] to Leaflet's points
    var lon = hx.degrees(pair[0]), lat = hx.degrees(pair[1]);
    return lon.map(function (x, i) { return [lat[i], x]; });
  };
  hx.shapes = function (content) { // TopoJSON to GeoJSON; the property of a feature is its position
    return topojson.feature(content, content.objects.data);
  };

  // ---- what is asked for: every part of the page hears of a change ----
  var hearers = [];
  hx.state = { outcomes: null, city: -1, rule: "", day: hx.words.on };
  hx.listen = function (hear) { hearers.push(hear); };
  hx.change = function (wish) {
    Object.assign(hx.state, wish);
    hearers.forEach(function (hear) { hear(hx.state); });
  };
  hx.holds = function (from, until, day) { return from <= day && (until === "" || day <= until); };
  hx.chinese = hx.words.lang === "zh";
  hx.say = function (zh, en) { return hx.chinese ? zh : en; };
  hx.both = function (zh, en) { // on a Chinese page the English word stands small behind it
    return hx.chinese ? [zh + " ", hx.el("small", "", en)] : [en.charAt(0).toUpperCase() + en.slice(1)];
  };
  hx.day = function (iso) {
    if (!hx.chinese) return iso;
    var p = iso.split("-");
    return p[0] + "年" + Number(p[1]) + "月" + Number(p[2]) + "日";
  };

  hx.el = function (tag, name) { // text reaches the page as text nodes, never as markup
    var node = document.createElement(tag);
    if (name) node.className = name;
    for (var i = 2; i < arguments.length; i++) {
      if (arguments[i] !== null && arguments[i] !== "") node.append(arguments[i]);
    }
    return node;
  };
})(hongxian);
