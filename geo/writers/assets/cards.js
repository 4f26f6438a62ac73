// What popups say. All text reaches the page as text nodes, never as markup.
var hongxian = { words: null };

(function (hx) {
  "use strict";
  function el(tag, name) {
    var node = document.createElement(tag);
    if (name) node.className = name;
    for (var i = 2; i < arguments.length; i++) {
      if (arguments[i] !== null && arguments[i] !== "") node.append(arguments[i]);
    }
    return node;
  }
  function list(items) {
    var node = el("ul");
    items.forEach(function (item) { node.append(el("li", "", item)); });
    return node;
  }
  function row(zh, en, value) { return el("p", "", el("b", "", zh + " "), el("small", "", en + "："), value); }
  function section(zh, en, items, open) {
    var node = el("details", "", el("summary", "", zh + " ", el("small", "", en)));
    node.open = open;
    items.forEach(function (item) { node.append(item); });
    return node;
  }
  function ink(colour) { // black or white, whichever reads better on the colour
    var n = parseInt(colour.slice(1), 16);
    return 0.299 * (n >> 16) + 0.587 * (n >> 8 & 255) + 0.114 * (n & 255) > 140 ? "#111" : "#fff";
  }
  function chip(text, colour) {
    var node = el("span", "chip", text);
    node.style.background = colour;
    node.style.color = ink(colour);
    return node;
  }
  function ruleHead(id) {
    var rule = hx.words.rules[id];
    return [el("div", "", el("b", "", id), " " + rule.title),
            el("div", "cite", hx.words.effects[rule.effect].zh + "（" + rule.strength + "）　" + rule.cite)];
  }
  function checkCard(check) {
    var node = el("div", "rule");
    node.append.apply(node, ruleHead(check[0]));
    check[1].forEach(function (said) {
      node.append(el("div", "", el("span", "state state-" + said[0], hx.words.states[said[0]].zh), said[1]));
    });
    return node;
  }
  function siteCard(site) {
    var w = hx.words, outcome = w.outcomes[site.outcome], node = el("div", "card");
    var deciding = site.checks.filter(function (c) { return site.deciding.indexOf(c[0]) >= 0; });
    var others = site.checks.filter(function (c) { return site.deciding.indexOf(c[0]) < 0; });
    node.append(el("h3", "", site.id + "　" + site.name));
    node.append(el("p", "", el("b", "", "结论 "), el("small", "", "outcome："), chip(site.label, outcome.colour), el("small", "", outcome.en)));
    node.append(row("稳健性", "robustness", site.robust === "robust" ? "稳健 robust" : "不稳健 fragile"));
    if (site.best !== site.worst) node.append(row("可能范围", "range", "最好 " + w.outcomes[site.best].zh + "，最坏 " + w.outcomes[site.worst].zh));
    node.append(row("项目", "project", site.development.split(";").map(function (d) { return w.developments[d]; }).join("、") + "，行业 " + (site.industry || "未填") + "，位置精度 ±" + site.accuracy));
    if (site.where.length) node.append(row("适用规划", "plans", site.where.join("；")));
    if (site.demo) node.append(el("p", "demo", "含演示数据，演示图层的结论不作数 demonstration data"));
    if (deciding.length) node.append(section("决定规则及理由（" + deciding.length + "）", "deciding rules", deciding.map(checkCard), true));
    if (others.length) node.append(section("其余检查（" + others.length + "）", "other checks", others.map(checkCard), !deciding.length));
    if (site.settle.length) node.append(section("如何核实（" + site.settle.length + "）", "what settles it", [list(site.settle)], site.settle.length < 6));
    if (site.move.length) node.append(section("最小移动", "smallest move", [list(site.move)], true));
    if (site.readings.length) node.append(section("从哪条线量", "readings", [list(site.readings)], site.readings.length < 3));
    if (site.remedy.length) node.append(section("如何处理（" + site.remedy.length + "）", "what to do", [list(site.remedy)], site.remedy.length < 6));
    if (!site.checks.length) node.append(el("p", "faint", "没有规则适用于此项目 no rule applies"));
    return node;
  }
  function facts(p) {
    return [el("p", "faint", "图层 " + p.layer + "（" + p.line + "，±" + p.accuracy + "）" + (p.proxy ? "，代替规划所指的线，后者可能更近" : "")),
            p.demo ? el("p", "demo", "演示数据：程序生成，结论不作数") : null];
  }
  function zoneCard(p) {
    var node = el("div", "card"), effect = hx.words.effects[p.effect];
    node.append(el("h3", "", chip(effect.zh, effect.colour), p.name || p.theme));
    node.append(row("范围", "limit", p.limit + "（" + p.theme + "）"));
    if (p.doubt) node.append(row("存疑", "doubt", p.doubt));
    p.rules.forEach(function (id) {
      var rule = el("div", "rule");
      rule.append.apply(rule, ruleHead(id));
      node.append(rule);
    });
    facts(p).forEach(function (fact) { if (fact) node.append(fact); });
    return node;
  }
  function zoneCards(clicked, at, groups) {
    var node = el("div"), here = [clicked];
    groups.forEach(function (group) {
      if (group._map) group.eachLayer(function (layer) { if (layer !== clicked && at && covers(layer, at)) here.push(layer); });
    });
    if (here.length > 1) node.append(el("p", "faint", "此处有 " + here.length + " 个管控区 zones here"));
    here.slice(0, 30).forEach(function (layer) { node.append(zoneCard(layer.feature.properties)); });
    node.append(el("p", "faint", "显示用简化图形，判定以实测距离为准"));
    return node;
  }
  function covers(layer, at) {
    if (!layer.getBounds().contains(at)) return false;
    var inside = false;
    (function walk(ring) {
      if (Array.isArray(ring[0])) return ring.forEach(walk);
      for (var i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        var a = ring[i], b = ring[j];
        if (a.lat > at.lat !== b.lat > at.lat && at.lng < (b.lng - a.lng) * (at.lat - a.lat) / (b.lat - a.lat) + a.lng) inside = !inside;
      }
    })(layer.getLatLngs());
    return inside;
  }
  function referenceCard(p) {
    var node = el("div", "card", el("h3", "", p.name || p.theme));
    node.append(row("基准线", "line", p.line + "（" + p.theme + "）"));
    p.rules.forEach(function (id) { node.append(el("p", "", el("b", "", id), " " + hx.words.rules[id].title)); });
    facts(p).forEach(function (fact) { if (fact) node.append(fact); });
    return node;
  }

  hx.el = el;
  hx.cards = { site: siteCard, zones: zoneCards, reference: referenceCard };
})(hongxian);
