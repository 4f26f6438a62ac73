// What popups say. All text reaches the page as text nodes, never as markup.
(function (hx) {
  "use strict";
  var el = hx.el;
  function list(items) {
    var node = el("ul");
    items.forEach(function (item) { node.append(el("li", "", item)); });
    return node;
  }
  function row(zh, en, value) {
    if (!hx.chinese) return el("p", "", el("b", "", hx.both(zh, en)[0] + ": "), value);
    return el("p", "", el("b", "", zh + " "), el("small", "", en + "："), value);
  }
  function section(zh, en, items, open) {
    var node = el("details", "", el.apply(null, ["summary", ""].concat(hx.both(zh, en))));
    node.open = open;
    items.forEach(function (item) { node.append(item); });
    return node;
  }
  function ink(colour) { // black or white, whichever has the higher contrast (WCAG 2.1)
    var n = parseInt(colour.slice(1), 16);
    var light = [n >> 16, n >> 8 & 255, n & 255].map(function (v) { v /= 255; return v <= 0.03928 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4); });
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2] > 0.179 ? "#000" : "#fff";
  }
  function chip(text, colour) {
    var node = el("span", "chip", text);
    node.style.background = colour;
    node.style.color = ink(colour);
    return node;
  }
  function ruleHead(id) {
    var rule = hx.words.rules[id], held = hx.holds(rule.from, rule.until, hx.state.day);
    return [el("div", "", el("b", "", id), " " + rule.title, held ? null : el("span", "not-held", hx.say("所选日期不生效", " not in force on the day chosen"))),
            el("div", "cite", hx.words.effects[rule.effect].name + hx.say("（" + rule.strength + "）　", " (" + rule.strength + ")  ") + rule.cite)];
  }
  function checkCard(check) {
    var node = el("div", "rule"), states = hx.words.states;
    node.append.apply(node, ruleHead(hx.words.rule_ids[check[0]]));
    check[1].forEach(function (said) {
      var state = states[said[0]];
      node.append(el("div", "", el("span", "state state-" + state.key, state.name), hx.phrase(said[1])));
    });
    return node;
  }
  function lines(coded) { return (coded || []).map(hx.phrase); }
  function siteCard(site) { // its number
    var w = hx.words, c = hx.data.sites, said = hx.said(site), outcome = w.outcomes[c.outcome[site]], node = el("div", "card");
    var deciding = said.checks.filter(function (check) { return said.deciding.indexOf(check[0]) >= 0; });
    var others = said.checks.filter(function (check) { return said.deciding.indexOf(check[0]) < 0; });
    var settle = lines(said.settle), remedy = lines(said.remedy), move = lines(said.move), where = lines(said.where), governing = lines(said.governing), readings = lines(said.readings);
    node.append(el("h2", "", el("small", "", hx.say("编号 ", "No. ")), c.id[site] + "　" + c.name[site]));
    var verdict = row("结论", "outcome", chip(hx.phrase(said.label), outcome.colour));
    if (outcome.aside) verdict.append(el("small", "", outcome.aside));
    node.append(verdict);
    node.append(row("稳健性", "robustness", said.robust === "robust" ? hx.say("稳健 robust", "robust") : hx.say("不稳健 fragile", "fragile")));
    if (said.best !== said.worst) node.append(row("可能范围", "range", hx.say("最好 ", "at best ") + w.outcomes[said.best].name + hx.say("，最坏 ", ", at worst ") + w.outcomes[said.worst].name));
    node.append(row("项目", "project", said.development.split(";").map(function (d) { return w.developments[d]; }).join(hx.say("、", ", ")) +
      hx.say("，行业 ", ", industry ") + (said.industry || hx.say("未填", "not stated")) + hx.say("，位置精度 ±", ", accuracy ±") + said.accuracy));
    if (where.length) node.append(row("适用规划", "plans", where.join(hx.say("；", "; "))));
    if (c.demo[site]) node.append(el("p", "demo", hx.say("含演示数据，演示图层的结论不作数 demonstration data", "holds demonstration data: what its layers say does not count")));
    if (deciding.length) node.append(section("决定规则及理由（" + deciding.length + "）", "deciding rules" + hx.say("", " (" + deciding.length + ")"), deciding.map(checkCard), true));
    if (governing.length) node.append(section("规划衔接", "which plan governs", [list(governing)], false));
    if (readings.length) node.append(section("从哪条线量", "readings", [list(readings)], readings.length < 3));
    if (remedy.length) node.append(section("如何处理（" + remedy.length + "）", "what to do" + hx.say("", " (" + remedy.length + ")"), [list(remedy)], remedy.length < 6));
    if (move.length) node.append(section("最小移动", "smallest move", [list(move)], true));
    if (settle.length) node.append(section("如何核实（" + settle.length + "）", "what settles it" + hx.say("", " (" + settle.length + ")"), [list(settle)], settle.length < 6));
    if (others.length) node.append(section("其余检查（" + others.length + "）", "other checks" + hx.say("", " (" + others.length + ")"), others.map(checkCard), !deciding.length));
    if (!said.checks.length) node.append(el("p", "faint", hx.say("没有规则适用于此项目 no rule applies", "no rule applies to this site")));
    node.append(el("p", "faint", hx.say("结论按研判日期 " + hx.day(w.on) + " 作出。图形仅供显示，判定以实测距离为准",
      "Outcome as of " + hx.day(w.on) + ". Shapes are for display; distances measured decide")));
    return node;
  }
  function facts(p) {
    var source = hx.say("图层 " + p.layer + "（" + p.line + "，±" + p.accuracy + "）", "layer " + p.layer + " (" + p.line + ", ±" + p.accuracy + ")");
    var proxy = p.proxy ? hx.say("，代替规划所指的线，后者可能更近", ", stands in for the line that the plan means, which may be nearer") : "";
    return [el("p", "faint", source + proxy),
            p.demo ? el("p", "demo", hx.say("演示数据：程序生成，结论不作数", "demonstration data: generated, does not count")) : null];
  }
  function sketch(step) { // what the drawn shape is worth
    return el("p", "faint", hx.say("显示用简化图形" + (step ? "（略去小于约 " + step + " 米的细节，相邻边界一致）" : "") + "，判定以实测距离为准",
      "Shape simplified for display" + (step ? " (no detail below about " + step + " m, shared borders kept)" : "") + "; distances measured decide"));
  }
  function zoneCard(p) {
    var node = el("div", "card"), effect = hx.words.effects[hx.words.rules[p.rules[0][0]].effect];
    node.append(el("h2", "", chip(effect.name, effect.colour), p.name || p.theme));
    node.append(row("范围", "limit", p.limit + hx.say("（" + p.theme + "）", " (" + p.theme + ")")));
    if (p.doubt) node.append(row("存疑", "doubt", p.doubt));
    p.rules.forEach(function (term) { // rule, first and last day
      var rule = el("div", "rule");
      rule.append.apply(rule, ruleHead(term[0]));
      rule.append(el("div", "cite", hx.say("生效 ", "in force from ") + hx.day(term[1]) + (term[2] ? hx.say(" 至 ", " to ") + hx.day(term[2]) : hx.say(" 起", ""))));
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
    if (here.length > 1) node.append(el("p", "faint", hx.say("此处有 " + here.length + " 个管控区 zones here", here.length + " zones here")));
    here.slice(0, 30).forEach(function (layer) { node.append(zoneCard(layer.facts)); });
    node.append(sketch(clicked.step));
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
  function referenceCard(p, step) {
    var node = el("div", "card", el("h2", "", p.name || p.theme));
    node.append(row("基准线", "line", p.line + hx.say("（" + p.theme + "）", " (" + p.theme + ")")));
    p.rules.forEach(function (id) { node.append(el("p", "", el("b", "", id), " " + hx.words.rules[id].title)); });
    facts(p).forEach(function (fact) { if (fact) node.append(fact); });
    node.append(sketch(step));
    return node;
  }
  function rowCard(title, columns, values, step) { // any further layer: its columns that say something
    var node = el("div", "card"), table = el("dl", "row");
    node.append(el("h2", "", title));
    columns.forEach(function (column, k) {
      var value = values[k];
      if (value === "" || value === null) return;
      table.append(el("dt", "", column), el("dd", "", String(value)));
    });
    node.append(table);
    node.append(sketch(step));
    return node;
  }
  function cellCard(counts) { // a cell of the grid
    var node = el("div", "card"), total = counts.reduce(function (a, b) { return a + b; }, 0), table = el("dl", "row");
    node.append(el("h2", "", hx.say("格网内项目 " + total.toLocaleString("en") + " 个", total.toLocaleString("en") + " sites in the cell")));
    hx.words.outcomes.forEach(function (o, k) { if (counts[k]) table.append(el("dt", "", o.name + (o.aside ? " " + o.aside : "")), el("dd", "", counts[k].toLocaleString("en"))); });
    node.append(table);
    return node;
  }

  hx.chip = chip;
  hx.cards = { site: siteCard, zones: zoneCards, reference: referenceCard, row: rowCard, cell: cellCard };
})(hongxian);
