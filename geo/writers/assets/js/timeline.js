// The days on which dated rules begin and end: the zones of the day chosen are shown.
(function (hx) {
  "use strict";
  var days = hx.words.days, on = hx.words.on;
  hx.startTimeline = function () {
    var box = document.getElementById("timeline"), slider = document.getElementById("day"), said = document.getElementById("day-said");
    if (days.length < 2) { box.remove(); return; }
    var names = days.map(function (d) { return d[0]; });
    slider.max = days.length - 1;
    function held(k) { return hx.say("　当日有效规则 " + days[k][1] + " 条", "  " + days[k][1] + " rules in force"); }
    function say(state) {
      var k = names.indexOf(state.day), text = hx.day(state.day) + held(k);
      slider.value = k;
      slider.setAttribute("aria-valuetext", text);
      said.replaceChildren(hx.el("b", "", hx.day(state.day)), held(k),
        state.day === on ? hx.say("（研判日期）", " (day of screening)") : hx.el("span", "not-held", hx.say("项目结论仍按 ", "outcomes stay those of ") + hx.day(on)));
    }
    slider.addEventListener("input", function () { hx.change({ day: names[Number(slider.value)] }); });
    document.getElementById("day-back").addEventListener("click", function () { hx.change({ day: on }); });
    hx.listen(say);
    say(hx.state);
  };
})(hongxian);
