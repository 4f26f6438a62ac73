"""The demonstration set: invented features for the themes that only exist as official data.

Nothing here was surveyed. Shapes are drawn from a few numbers each, near the towns and along the
rivers they stand for, so that every kind of rule finds something to measure. Features carry the
names the rules select on (云竹湖, 娘子关泉域 …); all others are called 演示….
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from zlib import crc32

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

CRS = "EPSG:4490"
METRES = "EPSG:4546"  # CGCS2000, 3-degree zone of 111° E: good enough to draw with
NOTE = "演示数据"
ZONE = "生态保护与修复区域"
Row = dict[str, Any]

NATURE_PARK = {"kind": "自然公园", "zone": "一般控制区"}
RESERVE_CORE = {"kind": "自然保护区", "zone": "核心保护区"}
RESERVE_RIM = {"kind": "自然保护区", "zone": "一般控制区"}
CITY_PARK = {"kind": "工业园区", "adjoins": "城区"}
TOWN_PARK = {"kind": "工业园区", "adjoins": "县城"}
CHEMICAL_PARK = {"kind": "化工园区", "adjoins": "其他"}
TOWN_CHEMICAL_PARK = {"kind": "化工园区", "adjoins": "县城"}
SUNKEN = {"status": "采煤沉陷区", "method": "井工"}
FISHERY = {"kind": "水产种质资源保护区", "zone": "核心区"}

# name, lon, lat, level, radius of the planning area in km
TOWNS = [
    ("太原", 112.549, 37.870, "城市", 12),
    ("清徐", 112.358, 37.607, "县城", 4),
    ("阳曲", 112.673, 38.058, "县城", 3),
    ("娄烦", 111.797, 38.067, "县城", 2),
    ("古交", 112.176, 37.907, "城市", 3),
    ("阳泉", 113.580, 37.860, "城市", 5),
    ("平定", 113.657, 37.787, "县城", 3),
    ("盂县", 113.412, 38.085, "县城", 3),
    ("晋中", 112.752, 37.687, "城市", 7),
    ("太谷", 112.551, 37.421, "城市", 4),
    ("祁县", 112.335, 37.358, "县城", 3),
    ("平遥", 112.176, 37.190, "县城", 3),
    ("介休", 111.917, 37.027, "城市", 4),
    ("灵石", 111.779, 36.848, "县城", 2),
    ("榆社", 112.975, 37.071, "县城", 2),
    ("左权", 113.379, 37.083, "县城", 2),
    ("和顺", 113.570, 37.330, "县城", 2),
    ("昔阳", 113.707, 37.611, "县城", 2),
    ("寿阳", 113.176, 37.895, "县城", 3),
    ("运城", 111.003, 35.027, "城市", 7),
    ("永济", 110.448, 34.867, "城市", 4),
    ("河津", 110.712, 35.596, "城市", 4),
    ("临猗", 110.774, 35.144, "县城", 3),
    ("闻喜", 111.225, 35.357, "县城", 3),
    ("新绛", 111.225, 35.616, "县城", 3),
    ("绛县", 111.569, 35.491, "县城", 2),
    ("夏县", 111.220, 35.141, "县城", 2),
    ("垣曲", 111.670, 35.298, "县城", 2),
    ("平陆", 111.194, 34.829, "县城", 2),
    ("芮城", 110.694, 34.694, "县城", 2),
]

CITIES = {"太原": 5, "阳泉": 3, "晋中": 11, "运城": 11}  # towns of each, in the order above
CITY_OF = dict(zip([town[0] for town in TOWNS], np.repeat([*CITIES], [*CITIES.values()]), strict=True))

# layer -> word, share of the planning area's radius, turn in degrees, attributes
ABOUT_TOWNS: dict[str, tuple[str, float, float, Row]] = {
    "urban_boundary": ("开发边界", 0.85, 10, {"zone": "集中建设区"}),
    "no_burn": ("禁燃区", 0.65, 0, {}),
    "no_coal": ("禁煤区", 0.75, 20, {}),
    "low_emission": ("低排放区", 0.55, 0, {}),
    "heat_network": ("供热管网", 0.7, 15, {}),
}

#: Counties that the invented table of air quality calls up to standard; all others are not.
CLEAN_AIR = {"140123", "140122", "140721", "140722", "140723", "140321", "140827", "140830"}

# name, basin, course downstream
TRIBUTARIES = [
    ("亳清河", "黄河", [(111.52, 35.36), (111.62, 35.32), (111.68, 35.28), (111.78, 35.19), (111.85, 35.09)]),
    ("板涧河", "黄河", [(111.46, 35.22), (111.55, 35.16), (111.61, 35.09), (111.66, 35.02)]),
    ("曹河", "黄河", [(111.26, 34.94), (111.23, 34.87), (111.21, 34.80)]),
    ("浍河", "汾河", [(111.71, 35.74), (111.47, 35.64), (111.37, 35.62), (111.28, 35.58), (111.19, 35.60)]),
    ("沙渠河", "涑水河", [(111.42, 35.22), (111.35, 35.29), (111.26, 35.34)]),
    ("潇河", "汾河", [(113.18, 37.83), (112.95, 37.75), (112.78, 37.67), (112.62, 37.61), (112.47, 37.57)]),
    ("杨兴河", "汾河", [(112.78, 38.10), (112.66, 38.03), (112.52, 37.98), (112.48, 37.98)]),
    ("虎峪河", "汾河", [(112.36, 37.89), (112.45, 37.87), (112.52, 37.86)]),
    ("清漳东源", "海河", [(113.50, 37.44), (113.57, 37.33), (113.55, 37.15), (113.50, 36.97)]),
    ("清漳西源", "海河", [(113.18, 37.35), (113.30, 37.18), (113.38, 37.07), (113.50, 36.97)]),
    ("浊漳北源", "海河", [(112.90, 37.30), (112.97, 37.08), (112.95, 36.92)]),
    ("松溪河", "海河", [(113.48, 37.53), (113.71, 37.60), (113.85, 37.67), (113.99, 37.71)]),
    ("桃河", "海河", [(113.25, 37.92), (113.45, 37.89), (113.58, 37.865), (113.70, 37.90), (113.86, 37.96)]),
    ("温河", "海河", [(113.36, 38.07), (113.56, 38.01), (113.74, 38.00), (113.87, 37.97)]),
    ("滹沱河", "海河", [(113.20, 38.42), (113.38, 38.39), (113.55, 38.38), (113.75, 38.34)]),
]
#: Main tributaries on an (invented) official list; of the others it is not known.
MAJOR = {"沙渠河": "true"}
CANAL = [
    (111.23, 35.12),
    (111.10, 35.065),
    (110.98, 35.04),
    (110.85, 34.99),
    (110.65, 34.94),
    (110.54, 34.91),
]

# name, section (null: not known), course: from Taiyuan east to the Hebei side
HIGH_SPEED = [
    ("石太高铁", None, [(112.62, 37.93), (112.85, 37.99)]),
    ("石太高铁", "隧道", [(112.85, 37.99), (113.12, 38.03)]),
    ("石太高铁", "地面", [(113.12, 38.03), (113.33, 38.05), (113.50, 38.06)]),
    ("石太高铁", "隧道", [(113.50, 38.06), (113.83, 38.06)]),
    ("石太高铁", "地面", [(113.83, 38.06), (114.10, 38.08)]),
]

# layer -> attributes, lon, lat, half length in m, width : length, turn in degrees
AREAS: dict[str, list[tuple[Row, float, float, float, float, float]]] = {
    "lake": [
        ({"name": "盐湖", "zone": ZONE}, 110.970, 34.955, 16_000, 0.33, 22),
        ({"name": "伍姓湖", "zone": ZONE}, 110.500, 34.905, 5_500, 0.6, 30),
        ({"name": "云竹湖", "zone": ZONE}, 112.840, 37.050, 4_000, 0.6, 60),
        ({"name": "龙栖湖", "zone": "水域"}, 113.420, 37.110, 900, 0.5, 70),
        ({"name": "凤栖湖", "zone": "水域"}, 113.530, 37.370, 700, 0.5, 20),
        ({"name": "晋阳湖", "zone": "水生态功能保护区"}, 112.490, 37.785, 1_300, 0.8, 60),
        ({"name": "晋阳湖", "zone": "水生态功能一般控制区"}, 112.490, 37.785, 1_900, 0.8, 60),
        ({"name": "晋阳湖", "zone": "天际线管控范围"}, 112.490, 37.785, 2_600, 0.8, 60),
        ({"name": "七彩盐田", "zone": "景观"}, 111.050, 34.990, 1_500, 0.5, 22),
    ],
    "red_line": [
        ({"name": "演示红线（太原西山）"}, 112.250, 37.960, 9_000, 0.6, 70),
        ({"name": "演示红线（阳曲北）"}, 112.600, 38.280, 10_000, 0.5, 10),
        ({"name": "演示红线（盂县北）"}, 113.350, 38.330, 9_000, 0.5, 0),
        ({"name": "演示红线（平定东）"}, 113.850, 37.800, 7_000, 0.6, 60),
        ({"name": "演示红线（和顺西）"}, 113.260, 37.280, 10_000, 0.6, 40),
        ({"name": "演示红线（灵石东）"}, 111.930, 36.790, 6_000, 0.6, 50),
        ({"name": "演示红线（中条山）"}, 111.080, 34.880, 14_000, 0.25, 25),
        ({"name": "演示红线（历山）"}, 111.960, 35.380, 8_000, 0.6, 20),
    ],
    "farmland_permanent": [
        ({"name": "演示农田（清徐）"}, 112.420, 37.570, 5_000, 0.5, 30),
        ({"name": "演示农田（阳曲）"}, 112.740, 38.110, 4_000, 0.5, 20),
        ({"name": "演示农田（盂县）"}, 113.300, 38.160, 4_000, 0.5, 0),
        ({"name": "演示农田（平定）"}, 113.720, 37.770, 3_000, 0.5, 40),
        ({"name": "演示农田（太谷）"}, 112.480, 37.440, 5_000, 0.6, 30),
        ({"name": "演示农田（平遥）"}, 112.120, 37.260, 6_000, 0.6, 40),
        ({"name": "演示农田（临猗）"}, 110.680, 35.200, 8_000, 0.6, 10),
        ({"name": "演示农田（闻喜）"}, 111.130, 35.340, 5_000, 0.5, 50),
        ({"name": "演示农田（河津）"}, 110.640, 35.510, 4_000, 0.4, 20),
    ],
    "park": [
        ({"name": "综改示范区", **CITY_PARK}, 112.580, 37.720, 3_000, 0.7, 20),
        ({"name": "中北高新区", **CITY_PARK}, 112.470, 38.030, 2_000, 0.7, 20),
        ({"name": "西山示范区", **CITY_PARK}, 112.400, 37.810, 2_000, 0.7, 80),
        ({"name": "演示化工园（清徐）", **CHEMICAL_PARK}, 112.330, 37.530, 2_500, 0.6, 20),
        ({"name": "演示工业园（太原北）", **CITY_PARK}, 112.490, 38.000, 2_500, 0.6, 0),
        ({"name": "演示工业园（阳曲）", **TOWN_PARK}, 112.690, 38.110, 2_000, 0.7, 0),
        ({"name": "演示工业园（阳泉）", **CITY_PARK}, 113.620, 37.920, 2_000, 0.7, 30),
        ({"name": "演示化工园（盂县）", **CHEMICAL_PARK}, 113.310, 38.090, 2_000, 0.7, 0),
        ({"name": "演示工业园（榆次）", **CITY_PARK}, 112.840, 37.640, 2_500, 0.6, 0),
        ({"name": "演示化工园（介休）", **CHEMICAL_PARK}, 111.870, 37.080, 2_500, 0.6, 40),
        ({"name": "演示工业园（河津）", **CITY_PARK}, 110.660, 35.580, 2_500, 0.6, 20),
        ({"name": "演示工业园（盐湖区）", **CITY_PARK}, 110.920, 35.080, 2_500, 0.6, 20),
        ({"name": "演示化工园（绛县）", **TOWN_CHEMICAL_PARK}, 111.500, 35.470, 2_000, 0.7, 0),
    ],
    "reserve": [
        ({"name": "演示自然公园（太原西山）", **NATURE_PARK}, 112.360, 37.750, 3_500, 0.7, 80),
        ({"name": "演示自然公园（冠山）", **NATURE_PARK}, 113.600, 37.760, 2_500, 0.7, 0),
        ({"name": "演示自然保护区（盂县）", **RESERVE_RIM}, 113.180, 38.300, 6_000, 0.6, 0),
        ({"name": "演示自然保护区（和顺）", **RESERVE_CORE}, 113.300, 37.250, 6_000, 0.6, 40),
        ({"name": "介休汾河国家湿地公园", **NATURE_PARK}, 111.900, 37.080, 5_000, 0.2, 35),
        ({"name": "昌源河国家湿地公园", **NATURE_PARK}, 112.390, 37.270, 4_000, 0.2, 60),
        ({"name": "左权清漳河国家湿地公园", **NATURE_PARK}, 113.400, 37.040, 4_000, 0.2, 110),
        ({"name": "榆社漳河源国家湿地公园", **NATURE_PARK}, 112.960, 37.130, 4_000, 0.2, 100),
        ({"name": "乌马河生态公园", **NATURE_PARK}, 112.590, 37.390, 3_000, 0.2, 150),
        ({"name": "象峪河生态功能保护区", **NATURE_PARK}, 112.640, 37.460, 3_000, 0.2, 160),
        ({"name": "演示种质资源保护区（黄河）", **FISHERY}, 110.330, 35.000, 6_000, 0.3, 80),
        ({"name": "历山国家级自然保护区", **RESERVE_CORE}, 111.970, 35.400, 6_000, 0.6, 20),
        ({"name": "太宽河国家级自然保护区", **RESERVE_CORE}, 111.440, 35.070, 6_000, 0.6, 30),
    ],
    "spring": [
        ({"name": "兰村泉域", "zone": "重点保护区"}, 112.430, 38.010, 3_000, 0.7, 0),
        ({"name": "古堆泉", "zone": "泉口"}, 111.205, 35.695, 200, 0.7, 0),
        ({"name": "晋祠泉域", "zone": "重点保护区"}, 112.430, 37.710, 3_000, 0.7, 80),
        ({"name": "娘子关泉域", "zone": "重点保护区"}, 113.850, 37.960, 5_000, 0.6, 30),
        ({"name": "洪山泉域", "zone": "重点保护区"}, 112.000, 36.970, 3_000, 0.7, 0),
        ({"name": "古堆泉域", "zone": "重点保护区"}, 111.200, 35.700, 3_000, 0.7, 0),
        ({"name": "兰村泉域", "zone": "一般保护区"}, 112.560, 38.150, 12_000, 0.7, 10),
        ({"name": "晋祠泉域", "zone": "一般保护区"}, 112.260, 37.760, 12_000, 0.7, 70),
        ({"name": "娘子关泉域", "zone": "一般保护区"}, 113.550, 37.900, 30_000, 0.7, 20),
    ],
    "overdraft": [
        ({"name": "演示超采区（太原）", "zone": "限采区"}, 112.520, 37.800, 9_000, 0.6, 80),
        ({"name": "演示超采区（介休—平遥）", "zone": "限采区"}, 112.060, 37.130, 12_000, 0.5, 40),
        ({"name": "演示超采区（榆次）", "zone": "限采区"}, 112.700, 37.640, 6_000, 0.7, 0),
        ({"name": "演示超采区（运城）", "zone": "禁采区"}, 110.960, 35.060, 9_000, 0.6, 30),
        ({"name": "演示超采区（临猗）", "zone": "限采区"}, 110.750, 35.160, 9_000, 0.6, 20),
    ],
    "farmland_strict": [
        ({"name": "演示严格管控（清徐）"}, 112.370, 37.510, 400, 0.7, 20),
        ({"name": "演示严格管控（平定）"}, 113.680, 37.740, 300, 0.7, 20),
        ({"name": "演示严格管控（灵石）"}, 111.740, 36.900, 300, 0.7, 60),
        ({"name": "演示严格管控（闻喜）"}, 111.180, 35.380, 400, 0.7, 50),
    ],
    "contaminated": [
        ({"name": "演示地块（太原北郊）", "status": "风险管控"}, 112.530, 37.910, 400, 0.7, 10),
        ({"name": "演示地块（清徐）", "status": "修复"}, 112.380, 37.560, 300, 0.7, 40),
        ({"name": "演示地块（古交）", "status": "移出名录"}, 112.160, 37.880, 300, 0.7, 0),
        ({"name": "演示地块（阳泉）", "status": "列入名录"}, 113.560, 37.880, 300, 0.7, 30),
        ({"name": "演示地块（盂县）", "status": "风险管控"}, 113.430, 38.100, 250, 0.7, 30),
        ({"name": "演示地块（榆次）", "status": "待修复"}, 112.730, 37.720, 300, 0.7, 10),
        ({"name": "演示地块（介休）", "status": "修复中"}, 111.900, 37.050, 300, 0.7, 10),
        ({"name": "演示地块（平遥）", "status": "未达修复目标"}, 112.200, 37.210, 250, 0.7, 20),
        ({"name": "演示地块（祁县）", "status": "风险管控中"}, 112.350, 37.380, 250, 0.7, 20),
        ({"name": "演示地块（灵石）", "status": "暂不开发利用"}, 111.760, 36.870, 300, 0.7, 50),
        ({"name": "演示地块（寿阳）", "status": "不具备修复条件"}, 113.150, 37.880, 300, 0.7, 50),
        ({"name": "演示地块（运城）", "status": "列入名录"}, 111.030, 35.040, 300, 0.7, 20),
        ({"name": "演示地块（河津）", "status": "风险管控"}, 110.680, 35.600, 300, 0.7, 20),
        ({"name": "演示地块（永济）", "status": "修复"}, 110.470, 34.880, 300, 0.7, 20),
    ],
    "wetland": [
        ({"name": "介休汾河国家湿地公园"}, 111.900, 37.080, 5_000, 0.2, 35),
        ({"name": "乌马河生态公园"}, 112.590, 37.390, 3_000, 0.2, 150),
        ({"name": "象峪河生态功能保护区"}, 112.640, 37.460, 3_000, 0.2, 160),
        ({"name": "演示湿地（太原汾河）"}, 112.480, 37.750, 2_500, 0.2, 80),
        ({"name": "演示湿地（阳泉温河）"}, 113.560, 38.010, 1_500, 0.3, 0),
        ({"name": "演示湿地（永济黄河）"}, 110.310, 34.900, 6_000, 0.3, 80),
    ],
    "habitat": [
        ({"name": "华北豹栖息地"}, 113.320, 37.220, 11_000, 0.6, 40),
        ({"name": "演示栖息地（太原西山）"}, 112.220, 37.930, 5_000, 0.6, 70),
        ({"name": "演示栖息地（盂县北）"}, 113.250, 38.320, 5_000, 0.6, 0),
        ({"name": "演示栖息地（永济鸟类）"}, 110.310, 34.880, 5_000, 0.4, 80),
        ({"name": "演示栖息地（历山）"}, 111.980, 35.390, 5_000, 0.6, 20),
    ],
    "landcover": [
        ({"name": "其他草地"}, 112.150, 37.980, 3_000, 0.6, 30),
        ({"name": "其他草地"}, 113.250, 38.210, 2_000, 0.6, 30),
        ({"name": "裸岩石砾地"}, 113.800, 37.820, 1_500, 0.6, 60),
        ({"name": "裸土地"}, 113.500, 37.930, 800, 0.7, 0),
        ({"name": "其他草地"}, 113.100, 37.150, 3_000, 0.6, 30),
        ({"name": "盐碱地"}, 110.850, 35.000, 2_500, 0.5, 22),
        ({"name": "沙地"}, 110.330, 35.100, 2_000, 0.3, 85),
    ],
    "mine": [
        ({"name": "演示沉陷区（古交）", **SUNKEN}, 112.080, 37.930, 4_000, 0.7, 0),
        ({"name": "演示沉陷区（阳泉）", **SUNKEN}, 113.480, 37.850, 3_000, 0.7, 20),
        ({"name": "演示沉陷区（平定）", **SUNKEN}, 113.560, 37.730, 2_500, 0.7, 20),
        ({"name": "演示沉陷区（灵石）", **SUNKEN}, 111.700, 36.830, 3_000, 0.7, 20),
        ({"name": "演示露天矿（平定）", "status": "在产", "method": "露天"}, 113.840, 37.805, 900, 0.7, 40),
        ({"name": "演示矿山（垣曲）", "status": "在产", "method": "井工"}, 111.690, 35.280, 1_500, 0.7, 0),
    ],
    "mining_zone": [
        ({"name": "演示集中开采区（古交）"}, 112.050, 37.970, 6_000, 0.6, 0),
        ({"name": "演示集中开采区（平定）"}, 113.750, 37.700, 4_000, 0.6, 40),
        ({"name": "演示集中开采区（盂县）"}, 113.230, 38.150, 4_000, 0.6, 0),
        ({"name": "演示集中开采区（灵石）"}, 111.680, 36.800, 5_000, 0.6, 20),
        ({"name": "演示集中开采区（垣曲）"}, 111.720, 35.330, 4_000, 0.6, 0),
    ],
}

# name, lon, lat, radius in m: nested levels each
SOURCES = [
    ("演示水源（太原兰村）", 112.430, 38.030, 2_000),
    ("演示水源（阳泉娘子关）", 113.880, 37.970, 2_000),
    ("演示水源（榆次）", 112.830, 37.720, 2_000),
    ("演示水源（祁县）", 112.390, 37.300, 2_000),
    ("演示水源（河津）", 110.740, 35.630, 2_000),
    ("演示水源（永济蒲州）", 110.380, 34.850, 2_000),
]

# name, lon, lat, capacity
CHP_PLANTS = [
    ("演示热电厂（太原）", 112.480, 37.960, 600.0),
    ("演示热电厂（古交）", 112.140, 37.900, 1200.0),
    ("演示热电厂（阳泉）", 113.640, 37.880, 700.0),
    ("演示热电厂（榆次）", 112.700, 37.660, 600.0),
    ("演示热电厂（河津）", 110.690, 35.620, 700.0),
    ("演示热电厂（永济）", 110.430, 34.900, 600.0),
    ("演示小热电（临猗）", 110.800, 35.170, 24.0),
]


@cache
def _to_metres() -> Transformer:
    return Transformer.from_crs(CRS, METRES, always_xy=True)


def blob(lon: float, lat: float, radius_m: float, ratio: float = 1.0, turn: float = 0.0) -> shapely.Polygon:
    """A rounded, slightly uneven outline in metres; its unevenness follows from its place."""
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    phase = crc32(f"{lon} {lat}".encode()) / 2**32 * 2 * np.pi
    uneven = 1 + 0.10 * np.sin(2 * angle + phase) + 0.06 * np.sin(3 * angle - phase)
    x, y = radius_m * uneven * np.cos(angle), radius_m * uneven * np.sin(angle) * ratio
    c, s = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    x0, y0 = _to_metres().transform(lon, lat)
    return shapely.Polygon(np.column_stack([x0 + x * c - y * s, y0 + x * s + y * c]))


def course(points: list[tuple[float, float]], rounds: int = 3) -> shapely.LineString:
    """A line in metres through lon, lat points, its corners cut a few times."""
    line = np.column_stack(_to_metres().transform(*zip(*points, strict=True)))
    for _ in range(rounds):
        near, far = 0.75 * line[:-1] + 0.25 * line[1:], 0.25 * line[:-1] + 0.75 * line[1:]
        line = np.vstack([line[:1], np.stack([near, far], axis=1).reshape(-1, 2)[1:-1], line[-1:]])
    return shapely.LineString(line)


def strip(line: BaseGeometry, half_width_m: float) -> BaseGeometry:
    """The belt of a line, coarse: a few hundred metres of detail do for a demonstration."""
    return line.simplify(half_width_m / 20).buffer(half_width_m, quad_segs=4).simplify(half_width_m / 50)


def demo_layers(rivers: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """The demonstration layers by name, drawn along the rivers of the base layer.

    The same input gives the same output: nothing is random.
    """
    lines = dict(zip(rivers["name"], rivers.to_crs(METRES).geometry, strict=True))
    rows: dict[str, list[Row]] = {name: list(_areas(name)) for name in AREAS}
    rows |= _along_rivers(lines) | _near_towns()
    # cultivated land is wider than its permanent part, the priority part narrower
    for layer, kind, share in (("farmland", "耕地", 1.4), ("farmland_priority", "优先保护", 0.8)):
        rows[layer] = [
            {"name": f"演示{kind}{row['name'][4:]}", "geometry": blob(lon, lat, radius * share, ratio, turn)}
            for row, lon, lat, radius, ratio, turn in AREAS["farmland_permanent"]
        ]
    rows["control_unit"] = list(_units(rows))
    rows["source_water"] = [
        {"name": name, "level": level, "geometry": blob(lon, lat, radius * share)}
        for name, lon, lat, radius in SOURCES
        for level, share in (("补给区", 4.0), ("准", 2.5), ("二级", 1.0), ("一级", 0.3))
    ]
    rows["chp_plant"] = [
        {"name": name, "capacity_mw": capacity, "geometry": shapely.Point(_to_metres().transform(lon, lat))}
        for name, lon, lat, capacity in CHP_PLANTS
    ]
    rows["railway"] = [
        {"name": n, "section": s, "geometry": course(points, 0)} for n, s, points in HIGH_SPEED
    ]
    return {name: _frame(rows[name]) for name in sorted(rows)}


def air_status(divisions: pd.DataFrame) -> pd.DataFrame:
    """The invented table of the four cities' counties: up to the air-quality standard or not."""
    county = divisions["level"].eq("county") & divisions["adcode"].str[:4].isin(
        ["1401", "1403", "1407", "1408"]
    )
    rows = divisions.loc[county, ["adcode", "name"]].sort_values("adcode", ignore_index=True)
    status = rows["adcode"].isin(CLEAN_AIR).map({True: "达标", False: "不达标"})
    return rows.assign(
        name=[f"演示达标情况（{name}）" for name in rows["name"]], status=status, year=2024, note=NOTE
    )


def _areas(layer: str) -> Iterator[Row]:
    for attributes, lon, lat, radius, ratio, turn in AREAS[layer]:
        yield {**attributes, "geometry": blob(lon, lat, radius, ratio, turn)}


def _along_rivers(lines: Mapping[str, BaseGeometry]) -> dict[str, list[Row]]:
    """Banks, levees, valleys and the tourism belt, drawn beside the rivers."""
    streams = {name: course(points) for name, _, points in TRIBUTARIES}
    reach = {name: _within(lines[name], 110.1, 34.5, 112.1, 35.85) for name in ("黄河", "汾河", "涑水河")}
    hejin = _within(lines["汾河"], 110.50, 35.40, 110.83, 35.80)
    jinzhong = _within(lines["汾河"], 111.40, 36.65, 112.60, 37.60)
    main = {"name": "汾河", "stem": "干流", "basin": "黄河"}
    belts = {
        "汾河": [strip(reach["汾河"], 6_000), strip(jinzhong, 5_000)],
        "涑水河": [strip(reach["涑水河"], 6_000)],
        **{n: [strip(streams[n], 2_500)] for n in ("潇河", "清漳东源", "清漳西源", "浊漳北源", "松溪河")},
    }
    trunk = {
        "黄河": (_within(lines["黄河"], 110.1, 34.5, 112.1, 36.0), 1_000),
        "汾河": (_within(lines["汾河"], 110.3, 35.3, 113.0, 38.6), 150),
        "涑水河": (lines["涑水河"], 30),
    }
    banks = [
        {"name": n, "stem": "干流", "basin": "黄河", "major": None, "geometry": strip(line, half_width)}
        for n, (line, half_width) in trunk.items()
    ]
    return {
        "river_bank": banks
        + [
            {"name": n, "stem": "支流", "basin": b, "major": MAJOR.get(n), "geometry": strip(streams[n], 30)}
            for n, b, _ in TRIBUTARIES
        ],
        "river_management": [{**main, "geometry": strip(hejin, 250)}],
        "river": [
            {"name": n, "stem": "支流", "basin": b, "major": MAJOR.get(n), "geometry": streams[n]}
            for n, b, _ in TRIBUTARIES
        ],
        "levee": [
            {"name": f"演示堤防（{name}）", "river": name, "geometry": side}
            for name, half_width in (("黄河", 2_000), ("汾河", 300), ("涑水河", 60))
            for side in _sides(reach[name], half_width)
        ],
        "canal": [{"name": "姚暹渠", "geometry": side} for side in _sides(course(CANAL), 25)],
        "valley": [
            {"name": f"演示谷地（{name}）", "river": name, "geometry": belt}
            for name, parts in belts.items()
            for belt in parts
        ],
        "tourism_belt": [{"name": "演示沿黄旅游带", "geometry": strip(reach["黄河"], 6_000)}],
    }


def _units(rows: Mapping[str, list[Row]]) -> Iterator[Row]:
    """Control units: red lines first, planning areas next, the land between the towns of a city last."""
    taken = shapely.MultiPolygon()
    kinds = [("优先", rows["red_line"]), ("重点", rows["planning_area"]), ("一般", list(_hulls()))]
    for kind, parts in kinds:
        for number, part in enumerate(parts, start=1):
            place = part["name"].partition("（")[2].rstrip("）")
            shape = shapely.difference(part["geometry"], taken)
            code = f"演示-{kind}-{number:02d}"
            yield {"name": f"演示{kind}单元（{place}）", "code": code, "class": kind, "geometry": shape}
        taken = shapely.union_all([taken, *(part["geometry"] for part in parts)])


def _hulls() -> Iterator[Row]:
    """A wide area about the towns of each city, none over another."""
    taken = shapely.Polygon()
    for city in CITIES:
        towns = [_to_metres().transform(lon, lat) for name, lon, lat, *_ in TOWNS if CITY_OF[name] == city]
        hull = shapely.MultiPoint(towns).convex_hull.buffer(20_000, quad_segs=4)
        yield {"name": f"演示（{city}）", "geometry": shapely.difference(hull, taken)}
        taken = shapely.union(taken, hull)


def _near_towns() -> dict[str, list[Row]]:
    """Planning areas, built-up areas and all that is drawn about a town; sensitive areas and points."""
    rows: dict[str, list[Row]] = {
        "planning_area": [],
        "built_up": [],
        "sensitive_area": [],
        "sensitive_point": [],
        **{layer: [] for layer in ABOUT_TOWNS},
    }
    for name, lon, lat, level, radius in TOWNS:
        for layer, (word, share, turn, attributes) in ABOUT_TOWNS.items():
            shape = blob(lon, lat, radius * share * 1000, 0.8, turn)
            rows[layer].append({"name": f"演示{word}（{name}）", **attributes, "geometry": shape})
        rows["planning_area"].append(
            {"name": f"演示规划区（{name}）", "level": level, "geometry": blob(lon, lat, radius * 1000, 0.8)}
        )
        rows["built_up"].append(
            {"name": f"演示建成区（{name}）", "level": level, "geometry": blob(lon, lat, radius * 600, 0.8)}
        )
        if level == "城市":
            rows["sensitive_area"].append(
                {"name": f"演示敏感区（{name}）", "geometry": blob(lon, lat, radius * 500, 0.8)}
            )
        x, y = _to_metres().transform(lon, lat)
        for number, kind in enumerate(("居民区", "学校", "医疗机构", "养老机构")):
            step = 400 + 300 * number
            point = shapely.Point(x + step * (-1) ** number, y + step)
            rows["sensitive_point"].append({"name": f"演示{kind}（{name}）", "kind": kind, "geometry": point})
    return rows


def _sides(line: BaseGeometry, half_width_m: float) -> Iterator[BaseGeometry]:
    """What runs beside a line on its left and right: the rim of its belt without the two ends."""
    belt = strip(line, half_width_m)
    ends = shapely.MultiPoint([line.coords[0], line.coords[-1]]).buffer(1.5 * half_width_m)
    parts = shapely.get_parts(shapely.line_merge(shapely.LineString(belt.exterior).difference(ends)))
    yield from sorted(parts, key=shapely.length, reverse=True)[:2]


def _within(line: BaseGeometry, lon0: float, lat0: float, lon1: float, lat1: float) -> shapely.LineString:
    """The piece of a line from its first to its last point in a box; unlike a cut, always one line."""
    (x0, x1), (y0, y1) = _to_metres().transform([lon0, lon1], [lat0, lat1])
    points = shapely.get_coordinates(line)
    inside = np.flatnonzero(((points >= (x0, y0)) & (points <= (x1, y1))).all(axis=1))
    return shapely.LineString(points[inside[0] : inside[-1] + 1])


def _frame(rows: list[Row]) -> gpd.GeoDataFrame:
    """Rows in metres as a frame in degrees, to the nearest 0.1 m, each marked as demonstration."""
    frame = gpd.GeoDataFrame(rows, crs=METRES).to_crs(CRS)
    frame.geometry = shapely.transform(frame.geometry.to_numpy(), lambda points: points.round(6))
    return frame.assign(note=NOTE)
