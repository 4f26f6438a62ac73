// Beside the map: filters by outcome, city and rule; the table of sites, sortable, that leads to the map.
(function (hx) {
  "use strict";
  var el = hx.el, c = hx.data.sites, w = hx.words, PAGE = 100;
  var body = document.getElementById("site-rows"), more = document.getElementById("more-rows");
  var order = null, sorted = { by: "outcome", down: false }, listed = [], shown = 0;

  // ---- filters ----
  function option(value, text) { var node = el("option", "", text); node.value = value; return node; }
  function outcomes() {
    var box = document.getElementById("filter-outcomes");
    hx.sites.outcomes().forEach(function (count, o) {
      if (!count) return;
      var input = el("input"), label = el("label", "outcome");
      input.type = "checkbox"; input.checked = true; input.value = o;
      label.append(input, hx.chip(w.outcomes[o].name, w.outcomes[o].colour), el("small", "", count.toLocaleString("en")));
      box.append(label);
      input.addEventListener("change", function () {
        var all = Array.from(box.querySelectorAll("input")), on = all.filter(function (i) { return i.checked; });
        hx.change({ outcomes: on.length === all.length ? null : on.map(function (i) { return Number(i.value); }) });
      });
    });
  }
  function choices() {
    var city = document.getElementById("filter-city"), rule = document.getElementById("filter-rule");
    c.cities.forEach(function (name, i) { city.append(option(i, name)); });
    Object.keys(w.rules).forEach(function (id) {
      var title = w.rules[id].title;
      rule.append(option(id, id + "　" + (title.length > 34 ? title.slice(0, 33) + "…" : title)));
    });
    city.addEventListener("change", function () { hx.change({ city: city.value === "" ? -1 : Number(city.value) }); });
    rule.addEventListener("change", function () { hx.change({ rule: rule.value }); });
    document.getElementById("filter-reset").addEventListener("click", function () { hx.change({ outcomes: null, city: -1, rule: "" }); });
  }
  function mirror(state) { // the filters show what holds, whoever changed it
    document.querySelectorAll("#filter-outcomes input").forEach(function (i) {
      i.checked = !state.outcomes || state.outcomes.indexOf(Number(i.value)) >= 0;
    });
    document.getElementById("filter-city").value = state.city < 0 ? "" : String(state.city);
    document.getElementById("filter-rule").value = state.rule;
  }

  // ---- table ----
  var KEYS = {
    id: function (i) { return c.id[i]; },
    name: function (i) { return c.name[i]; },
    outcome: function (i) { return c.outcome[i]; },
    margin: function (i) { return c.margin[i] === null ? Infinity : c.margin[i]; }
  };
  var COMPARE = new Intl.Collator("zh-CN", { numeric: true }).compare;
  function sort() {
    var key = KEYS[sorted.by], text = sorted.by === "id" || sorted.by === "name";
    var keys = order.map(function (_, i) { return key(i); });
    order.sort(function (a, b) {
      var d = text ? COMPARE(keys[a], keys[b]) : keys[a] === keys[b] ? 0 : keys[a] < keys[b] ? -1 : 1;
      return (sorted.down ? -d : d) || a - b;
    });
    document.querySelectorAll("#site-table th[data-key]").forEach(function (th) {
      th.setAttribute("aria-sort", th.dataset.key !== sorted.by ? "none" : sorted.down ? "descending" : "ascending");
    });
  }
  function row(i) {
    var tr = el("tr"), go = el("button", "go", c.id[i]), o = w.outcomes[c.outcome[i]];
    go.type = "button";
    go.setAttribute("aria-label", hx.say("在地图上查看 ", "show on the map: ") + c.id[i] + " " + c.name[i]);
    tr.dataset.site = i;
    tr.append(el("td", "", go), el("td", "name-cell", c.name[i]), el("td", "", hx.chip(o.name, o.colour)),
              el("td", "number", c.margin[i] === null ? "—" : Math.round(c.margin[i]).toLocaleString("en")));
    return tr;
  }
  function addRows() {
    var next = listed.slice(shown, shown + PAGE), rows = document.createDocumentFragment();
    next.forEach(function (i) { rows.append(row(i)); });
    body.append(rows);
    shown += next.length;
    more.hidden = shown >= listed.length;
    var rest = Math.min(PAGE, listed.length - shown), already = shown.toLocaleString("en");
    more.textContent = hx.say("再列 " + rest + " 个（已列 " + already + "）", rest + " more (" + already + " listed)");
  }
  function list() {
    listed = order.filter(hx.sites.passes);
    shown = 0;
    body.replaceChildren();
    addRows();
    var all = c.id.length === listed.length;
    var passed = listed.length.toLocaleString("en"), total = c.id.length.toLocaleString("en");
    document.getElementById("site-count").textContent = all ? hx.say("共 " + total + " 个" + w.things, total + " " + w.things) :
      hx.say("筛选出 " + passed + " / " + total + " 个" + w.things, passed + " of " + total + " " + w.things);
    document.getElementById("filter-reset").hidden = all && hx.state.rule === "";
  }
  function mark(site) {
    body.querySelectorAll("tr.chosen").forEach(function (tr) { tr.classList.remove("chosen"); });
    var tr = body.querySelector("tr[data-site='" + site + "']");
    if (tr) tr.classList.add("chosen");
  }

  hx.startPanel = function (map) {
    var panel = document.getElementById("panel"), fold = document.getElementById("panel-fold");
    function folded(on) {
      panel.classList.toggle("folded", on);
      fold.setAttribute("aria-expanded", String(!on));
      map.invalidateSize({ animate: false, pan: false });
    }
    fold.addEventListener("click", function () { folded(!panel.classList.contains("folded")); });
    if (window.innerWidth < 800) folded(true);
    order = c.id.map(function (_, i) { return i; });
    outcomes();
    choices();
    sort();
    list();
    hx.listen(function (state) { mirror(state); list(); });
    more.addEventListener("click", addRows);
    document.querySelectorAll("#site-table th[data-key] button").forEach(function (button) {
      button.addEventListener("click", function () {
        var key = button.parentElement.dataset.key;
        sorted = { by: key, down: sorted.by === key ? !sorted.down : false };
        sort();
        list();
      });
    });
    var from = null; // where the keyboard returns to when the popup closes
    body.addEventListener("click", function (e) {
      var tr = e.target.closest("tr");
      if (!tr) return;
      from = tr.querySelector("button");
      if (window.innerWidth < 800) folded(true);
      hx.sites.open(Number(tr.dataset.site));
      var content = map.getContainer().querySelector(".leaflet-popup-content");
      if (content && e.detail === 0) { content.tabIndex = -1; content.focus(); } // by keyboard
    });
    map.on("popupopen", function (e) {
      map.getContainer().classList.add("popup-open");
      var site = e.popup._source && e.popup._source.site, box = e.popup.getElement();
      box.setAttribute("role", "dialog");
      box.setAttribute("aria-label", site === undefined ? hx.say("图上要素", "feature on the map") : c.id[site] + " " + c.name[site]);
      var close = box.querySelector(".leaflet-popup-close-button");
      if (close) close.setAttribute("aria-label", hx.say("关闭 close", "close"));
      mark(site);
    });
    map.on("popupclose", function () { map.getContainer().classList.remove("popup-open"); mark(-1); if (from && map.getContainer().contains(document.activeElement)) from.focus(); from = null; });
    document.addEventListener("keydown", function (e) { if (e.key === "Escape") map.closePopup(); });
  };
})(hongxian);
