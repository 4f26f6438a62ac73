// What the page does once all layers and controls are there.
(function (hx) {
  "use strict";
  hx.start = function (map, bounds) {
    hx.map = map;
    hx.hatches();
    hx.startTiles(map);
    L.control.scale({ imperial: false, position: "bottomleft", maxWidth: 140 }).addTo(map);
    var button = hx.el("button", "print-button", hx.say("打印", "Print"));
    button.type = "button";
    button.title = hx.say("打印 A4 print", "print on A4");
    button.addEventListener("click", function () { window.print(); });
    hx.place(map, "topleft", hx.el("div", "leaflet-bar leaflet-control print-control", button));
    hx.place(map, "topleft", document.getElementById("north").content.firstElementChild.cloneNode(true));
    hx.startPanel(map);
    hx.startTimeline();
    var wide = map.getSize().x > 900; // the panels on the right cover no site then
    map.fitBounds(bounds, { paddingTopLeft: [60, 40], paddingBottomRight: [wide ? 320 : 40, 40], maxZoom: 13, animate: false });
    var legend = hx.showLegend(map);
    hx.startSites(map);
    hx.startView(map);
    hx.reorder(map);
    hx.name_controls(map);
    map.on("overlayadd", function () { hx.reorder(map); hx.declutter(map); });
    map.on("zoomend", function () { hx.declutter(map); });
    map.fire("moveend"); // all that waits for a view hears of the first one
    hx.declutter(map);
    hx.startPrint(map, legend);
  };
})(hongxian);
