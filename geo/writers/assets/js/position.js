// Positions: CGCS2000 degrees to metres of the 3° zone; WGS 84 to GCJ-02 for tiles that are in it.
(function (hx) {
  "use strict";
  var A = 6378137, F = 1 / 298.257222101; // the CGCS2000 ellipsoid
  var N = F / (2 - F), E = Math.sqrt(F * (2 - F)), RAD = Math.PI / 180;
  // Krüger's series in the third flattening to the sixth order (Karney 2011, J. Geodesy 85, eq. 12, 35)
  var n2 = N * N, n3 = n2 * N, n4 = n3 * N, n5 = n4 * N, n6 = n5 * N;
  var R = A / (1 + N) * (1 + n2 / 4 + n4 / 64 + n6 / 256);
  var ALPHA = [
    N / 2 - 2 * n2 / 3 + 5 * n3 / 16 + 41 * n4 / 180 - 127 * n5 / 288 + 7891 * n6 / 37800,
    13 * n2 / 48 - 3 * n3 / 5 + 557 * n4 / 1440 + 281 * n5 / 630 - 1983433 * n6 / 1935360,
    61 * n3 / 240 - 103 * n4 / 140 + 15061 * n5 / 26880 + 167603 * n6 / 181440,
    49561 * n4 / 161280 - 179 * n5 / 168 + 6601661 * n6 / 7257600,
    34729 * n5 / 80640 - 3418889 * n6 / 1995840,
    212378941 * n6 / 319334400
  ];
  hx.zoneMetres = function (lon, lat) { // zone, central meridian, north (X) and east (Y, false easting 500 km)
    var zone = Math.round(lon / 3), dl = (lon - 3 * zone) * RAD, tau = Math.tan(lat * RAD);
    var sigma = Math.sinh(E * Math.atanh(E * tau / Math.hypot(1, tau)));
    var t = tau * Math.hypot(1, sigma) - sigma * Math.hypot(1, tau);
    var xi = Math.atan2(t, Math.cos(dl)), eta = Math.asinh(Math.sin(dl) / Math.hypot(t, Math.cos(dl)));
    var north = xi, east = eta;
    ALPHA.forEach(function (a, j) {
      var m = 2 * (j + 1);
      north += a * Math.sin(m * xi) * Math.cosh(m * eta);
      east += a * Math.cos(m * xi) * Math.sinh(m * eta);
    });
    return { zone: zone, meridian: 3 * zone, north: R * north, east: 500000 + R * east };
  };
  hx.positionText = function (lon, lat) {
    var m = hx.zoneMetres(lon, lat);
    var zone = hx.say("3°带 " + m.zone + "（中央经线 " + m.meridian + "°）　", "3° zone " + m.zone + " (meridian " + m.meridian + "°)  ");
    return ["CGCS2000　" + lon.toFixed(6) + "°E　" + lat.toFixed(6) + "°N",
            zone + "X " + m.north.toFixed(1) + "　Y " + m.zone + " " + m.east.toFixed(1)];
  };

  hx.gcj02 = function (lon, lat) { // the same public formula as geo/datums.py
    var a = 6378245, e2 = 0.00669342162296594323, x = lon - 105, y = lat - 35, sin = Math.sin, pi = Math.PI;
    var wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3;
    var north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) + wave +
      (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3;
    var east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) + wave +
      (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3;
    var phi = lat * RAD, w2 = 1 - e2 * sin(phi) * sin(phi);
    return [lon + east * Math.sqrt(w2) / (a * Math.cos(phi)) / RAD, lat + north * w2 * Math.sqrt(w2) / (a * (1 - e2)) / RAD];
  };
})(hongxian);
