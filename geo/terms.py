"""Closed vocabularies: every word the rules, frames and screens share, in Chinese and English.

The members are strings, so they go into YAML, frames and files as they are; ``zh`` and ``en`` hold
the labels a planner reads.

>>> Outcome.PROHIBITED, Outcome.PROHIBITED.zh
(<Outcome.PROHIBITED: 'prohibited'>, '禁止')
>>> Outcome("clear").en
'no rule touched'
>>> sorted([Outcome.CLEAR, Outcome.PROHIBITED, Outcome.ADVISED], key=strictness)[0].zh
'未触及'
"""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A word of a closed vocabulary with its Chinese (``zh``) and English (``en``) label."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        member.en = en
        return member


class Effect(Term):
    """What a rule does (规则效力)."""

    PROHIBIT = "prohibit", "禁止", "prohibits"
    RESTRICT = "restrict", "严格限制", "strictly limits"
    REQUIRE = "require", "须满足条件", "requires a condition"
    PHASE_OUT = "phase_out", "退出", "existing uses leave"
    RESTORE = "restore", "修复", "restores"
    PROTECT = "protect", "保护", "protects"
    INFORM = "inform", "提示", "informs"


class Strength(Term):
    """How binding the plan's word is (约束力). Soft words never block."""

    MANDATORY = "mandatory", "强制", "mandatory"  # 严禁, 禁止, 不得, 一律
    IN_PRINCIPLE = "in_principle", "原则上", "in principle"
    ENCOURAGED = "encouraged", "鼓励", "encouraged"  # 鼓励, 力争, 推动


class Development(Term):
    """What is done with the site (建设性质)."""

    NEW = "new", "新建", "new"
    REBUILD = "rebuild", "改建", "rebuild"
    EXPAND = "expand", "扩建", "expand"
    EXISTING = "existing", "已建", "existing"


class Line(Term):
    """The line a distance is measured from (基准线)."""

    WATERLINE = "waterline", "水岸线", "waterline"
    BANK = "bank", "河岸", "bank"
    LEVEE_TOE = "levee_toe", "堤防外坡脚", "landward levee toe"
    MANAGEMENT = "management", "管理范围线", "management line"
    CENTRELINE = "centreline", "中心线", "centreline"
    SCHEMATIC = "schematic", "示意线", "schematic line"
    BOUNDARY = "boundary", "边界", "boundary"


#: Lines that stand in for a bank and lie inside it: the bank is nearer to a site than they are.
PROXY_LINES = frozenset({Line.CENTRELINE, Line.SCHEMATIC})


class Outcome(Term):
    """What is said of a site (结论), strictest first. Never 合规 or 批准: a preliminary screening."""

    PROHIBITED = "prohibited", "禁止", "prohibited"
    MUST_EXIT = "must_exit", "须退出", "must exit"
    UNDETERMINED = "undetermined", "待核实", "undetermined"
    RESTRICTED = "restricted", "限制", "restricted"
    CONDITIONAL = "conditional", "有条件", "conditional"
    ADVISED = "advised", "提示", "advised"
    CLEAR = "clear", "未触及", "no rule touched"
    NOT_COVERED = "not_covered", "无适用规划", "no plan applies"


def strictness(outcome: Outcome) -> int:
    """Rank of an outcome: the larger, the stricter (0 = not covered)."""
    return _STRICTNESS[outcome]


_STRICTNESS = {outcome: rank for rank, outcome in enumerate(reversed(Outcome))}


class State(Term):
    """What a check found (状态). ``hit``: the rule bites; for a requirement: it is not met."""

    HIT = "hit", "触及", "hit"
    MISS = "miss", "未触及", "miss"
    UNDETERMINED = "undetermined", "待核实", "undetermined"


class Cause(Term):
    """Why a check is undetermined (待核实原因)."""

    MISSING_LAYER = "missing_layer", "缺少图层", "no layer of this theme"
    UNREADABLE = "unreadable_layer", "图层读不了", "a layer that serves the rule could not be read"
    COVERAGE = "coverage", "图层未覆盖", "the layer is not known to be complete here"
    BASE_LINE = "base_line", "基准线不明", "the plan's base line is not held or readings differ"
    DISTANCE_NOT_GIVEN = "distance_not_given", "规划未给距离", "the plan gives no distance"
    REACH = "reach", "河段不明", "only a reach outside the clause's is near"
    OPEN_LIST = "open_list", "“等”字未列明", "an open list does not name it"
    FEATURE_FACT = "feature_fact", "要素属性不明", "the layer lacks an attribute the rule needs"
    SITE_FACT = "site_fact", "项目信息不足", "the site does not state a fact the rule needs"
    EVIDENCE = "evidence", "例外待举证", "an exception needs evidence"
    DATUM = "datum", "坐标系未申报", "the datum is not declared"
    ACCURACY = "accuracy", "精度不足", "the doubt straddles the limit"
    DRAFT_PLAN = "draft_plan", "规划为草案", "the plan is a draft"
    DEMO = "demo", "演示数据", "the layer is demonstration data"


class MoveState(Term):
    """What the smallest move of a breached site comes to (移动结果)."""

    CLEAR = "clear", "移后不再触及，已计入误差", "no rule touched, doubt counted"
    OPEN = "open", "移后不再触及，仍有待核实项", "no rule touched for sure, checks that were open stay open"
    BY_FIGURES = (
        "by_figures",
        "按图上数字不再触及，须先测量",
        "no rule touched by the figures, to be surveyed",
    )
    NONE = "none", "范围内没有可行位置", "no compliant place within the radius"


class ConflictKind(Term):
    """What meets on one site (冲突类别)."""

    PLANS = "plans", "多部规划", "rules of several plans bite"
    OUTCOMES = "outcomes", "同一规划结论不一", "rules of one plan give different outcomes"
    BORDER = "border", "市界归属", "a border decides which rules apply"
    RESTORATION = "restoration", "修复带与用途", "a strip to be restored under a use that is not prohibited"


class Datum(Term):
    """The coordinate system a site list declares (坐标系)."""

    CGCS2000 = "cgcs2000", "2000国家大地坐标系", "CGCS2000"
    WGS84 = "wgs84", "WGS 84", "WGS 84"
    GCJ02 = "gcj02", "GCJ-02（火星坐标）", "GCJ-02"
    BD09 = "bd09", "BD-09（百度坐标）", "BD-09"
    XIAN1980 = "xian1980", "1980西安坐标系", "Xian 1980"
    BEIJING1954 = "beijing1954", "1954北京坐标系", "Beijing 1954"
    UNDECLARED = "undeclared", "未申报", "undeclared"


#: Systems whose parameters are not public: accepted only with the user's own.
OLD_DATUMS = frozenset({Datum.XIAN1980, Datum.BEIJING1954})


class Confidence(Term):
    """How sure a code or a kind of development read from words is (把握). The last is asked, never used."""

    STATED = "stated", "列明", "stated as a code or one of our words"
    ANSWERED = "answered", "用户对照表", "answered by the user's mapping file"
    SURE = "sure", "确定", "the cell is one known word with one meaning"
    LIKELY = "likely", "较可能", "every known word in a longer text has the same meaning"
    UNSURE = "unsure", "待确认", "several meanings, or only a company's name says it"


class PlanStatus(Term):
    """Whether a plan binds (规划状态)."""

    ADOPTED = "adopted", "已印发", "adopted"
    DRAFT = "draft", "征求意见稿", "consultation draft"


class Match(Term):
    """How a site falls under a rule's industries (行业匹配)."""

    NAMED = "named", "规划列明", "named by the plan"
    SIMILAR = "similar", "相近、未列明", "similar to the list, not named"
    UNSURE = "unsure", "待项目说明", "depends on a fact the site does not state"
    FOREIGN = "foreign", "不在范围", "not of this rule"


class Theme(Term):
    """What a layer shows (图层主题). Rules pick features of a theme; the manifest says which file."""

    RIVER = "river", "河流", "rivers"
    LEVEE = "levee", "堤防", "levees"
    CANAL = "canal", "渠", "canals"
    LAKE = "lake", "湖泊及其保护修复区", "lakes and their protection areas"
    RED_LINE = "red_line", "生态保护红线", "ecological red line"
    SOURCE_WATER = "source_water", "饮用水水源保护区", "drinking-water source zones"
    FARMLAND_PERMANENT = "farmland_permanent", "永久基本农田", "permanent basic farmland"
    FARMLAND_PRIORITY = "farmland_priority", "优先保护类耕地", "priority-protection farmland"
    FARMLAND_STRICT = "farmland_strict", "严格管控类耕地", "strictly controlled farmland"
    URBAN_BOUNDARY = "urban_boundary", "城镇开发边界", "urban development boundary"
    PLANNING_AREA = "planning_area", "城市、县城规划区", "planning areas"
    BUILT_UP = "built_up", "建成区", "built-up areas"
    ADMIN = "admin", "行政区", "administrative divisions"
    PARK = "park", "开发区、园区", "industrial parks"
    RESERVE = "reserve", "自然保护地", "protected areas"
    SPRING = "spring", "泉域", "spring domains"
    OVERDRAFT = "overdraft", "地下水超采区", "groundwater over-abstraction areas"
    AIR_STATUS = "air_status", "空气质量达标情况", "counties by air-quality standing"
    NO_COAL = "no_coal", "禁煤区", "no-coal zones"
    NO_BURN = "no_burn", "高污染燃料禁燃区", "no-burn zones"
    CONTAMINATED = "contaminated", "污染地块", "contaminated plots"
    CONTROL_UNIT = "control_unit", "环境管控单元", "environmental control units"
    VALLEY = "valley", "河流谷地", "river valleys"
    TOURISM_BELT = "tourism_belt", "沿黄旅游产业布局区", "Yellow River tourism belt"
    SENSITIVE_AREA = "sensitive_area", "人居环境敏感区", "settlement-sensitive areas"
    SENSITIVE_POINT = (
        "sensitive_point",
        "居民区、学校、医疗、养老机构",
        "homes, schools, hospitals, care homes",
    )
    CHP_PLANT = "chp_plant", "热电联产电厂", "combined heat and power plants"
    HEAT_NETWORK = "heat_network", "集中供热管网覆盖区", "district-heating areas"
    RAILWAY = "railway", "铁路", "railways"
    ROAD = "road", "道路", "roads"
    MINE = "mine", "矿山", "mines"
    MINING_ZONE = "mining_zone", "集中开采区", "mining zones"
    WETLAND = "wetland", "湿地", "wetlands"
    FOREST = "forest", "林地", "forest"
    HABITAT = "habitat", "栖息地", "habitats"
    OUTFALL = "outfall", "入河排污口", "outfalls"
    TAILINGS = "tailings", "尾矿库", "tailings ponds"
    WASTE_SITE = "waste_site", "固废处置场", "waste sites"
    LANDCOVER = "landcover", "土地覆被或地类", "land cover"
    DEM = "dem", "高程", "elevation"
    SOIL_DEPTH = "soil_depth", "土层厚度", "soil depth"
    BARE_ROCK = "bare_rock", "岩石裸露率", "bare rock share"
    FARMLAND = "farmland", "耕地", "cultivated land"
    LOW_EMISSION = "low_emission", "低排放控制区", "low-emission zones for machinery"


class Measure(Term):
    """How place and site are compared (判定方式). The functions are in :mod:`geo.measures`."""

    WITHIN_DISTANCE = "within_distance", "距离以内", "within a distance of the reference"
    INSIDE = "inside", "范围之内", "inside the reference"
    OUTSIDE = "outside", "范围之外", "not wholly inside the reference"
    IN_JURISDICTION = "in_jurisdiction", "行政辖区之内", "in the rule's jurisdiction"


class Process(Term):
    """A fact about a project that its industry code does not tell (工艺与特征)."""

    SHORT_PROCESS = "short_process", "短流程炼钢", "short-process (electric) steelmaking"
    HIGH_END_CASTING = "high_end_casting", "高端铸件", "high-end castings"
    COAL_WASHING = "coal_washing", "洗选煤", "coal washing"
    ORE_DRESSING = "ore_dressing", "选矿", "ore dressing"
    OPEN_PIT = "open_pit", "露天开采", "open-pit mining"
    UNLAWFUL_QUARRYING = "unlawful_quarrying", "违规采石采砂", "quarrying without permission"
    CLINKER = "clinker", "水泥熟料", "cement clinker"
    SINTERED_BRICK = "sintered_brick", "烧结砖瓦", "sintered bricks and tiles"
    LIME = "lime", "石灰生产", "lime burning"
    ELECTROPLATING = "electroplating", "电镀", "electroplating"
    TANNING = "tanning", "制革", "tanning"
    INDEPENDENT_COKING = "independent_coking", "独立焦化", "coking apart from a steelworks"
    INDUSTRIAL_FURNACE = "industrial_furnace", "工业炉窑", "industrial furnace or kiln"
    COAL_FIRED = "coal_fired", "燃煤", "burns coal"
    COAL_BOILER = "coal_boiler", "燃煤锅炉", "coal-fired boiler"
    HEAT_PLANT = "heat_plant", "集中供热热源厂", "district-heating plant"
    CHP = "chp", "热电联产", "combined heat and power"
    SMALL_COAL_CHP = "small_coal_chp", "燃煤小热电", "small coal-fired heat and power unit"
    HAZARDOUS_STORAGE = "hazardous_storage", "危险化学品贮存", "storage of hazardous chemicals"
    HAZARDOUS_DISPOSAL = "hazardous_disposal", "危险化学品处理处置", "treatment of hazardous chemicals"
    NEW_CAPACITY = "new_capacity", "新增产能", "adds capacity"
    NEW_GROUNDWATER = "new_groundwater", "新增取用地下水", "takes more groundwater"
    DISCHARGE = "discharge", "排放污染物", "discharges pollutants"
    LARGE_SCALE = "large_scale", "大规模高强度建设", "large-scale, intensive building"
    OCCUPIES_WATER = "occupies_water", "占用河湖", "occupies a channel, lake or spring"
    OBSOLETE = "obsolete", "落后、淘汰类工艺装备", "obsolete process or equipment"
    HEATING_FURNACE = "heating_furnace", "加热炉、烘干炉", "heating or drying furnace"
    GAS_PRODUCER = "gas_producer", "燃料类煤气发生炉", "fuel-gas producer"
    RAIL_SPUR = "rail_spur", "铁路专用线", "rail spur"
    AUTO_MONITORING = "auto_monitoring", "污染物排放自动监测", "automatic monitoring of emissions"
    LAND_USE_CHANGE = "land_use_change", "用途变更为住宅或公共用地", "land turned to housing or public use"
    FORMER_INDUSTRIAL = "former_industrial", "腾退工矿用地", "land that industry or mining has left"
    SOIL_SURVEYED = "soil_surveyed", "已作土壤污染状况调查评估", "soil pollution surveyed and assessed"
    SOIL_FIT = "soil_fit", "土壤环境质量符合用途", "soil fit for the use"
    BULK_WASTE = "bulk_waste", "固废量大且难利用处置", "much solid waste that is hard to use or dispose of"
    MINING_RIGHT = "mining_right", "矿业权", "mining right"
    TAILINGS_POND = "tailings_pond", "建尾矿库", "builds a tailings pond"
    HAZARDOUS_CHEMICALS = "hazardous_chemicals", "涉危险化学品", "makes or uses hazardous chemicals"
    SINGLE_USE_PLASTIC = "single_use_plastic", "不可降解一次性塑料制品", "non-degradable single-use plastics"
    RELOCATION_LISTED = "relocation_listed", "列入搬迁名单", "on a relocation list"
    NEW_COAL = "new_coal", "新增煤炭消费", "burns more coal"
    TAKES_GROUNDWATER = "takes_groundwater", "取用地下水（自备水井）", "takes groundwater by its own well"
    SEWAGE_WORKS = "sewage_works", "配套污水集中处理设施", "has central sewage works"
    CONTROLLED_CHEMICAL = (
        "controlled_chemical",
        "尿素、磷铵、电石、烧碱、聚氯乙烯、纯碱",
        "urea, ammonium phosphate, carbide, soda, PVC",
    )
    ELECTROLYTIC_ALUMINIUM = "electrolytic_aluminium", "电解铝", "electrolytic aluminium"
    STATE_PLANNED_CHEMICAL = (
        "state_planned_chemical",
        "乙烯、对二甲苯、煤制油气",
        "ethylene, paraxylene, oil or gas from coal",
    )
    MERCURY_PROCESS = "mercury_process", "用汞工艺", "uses mercury in the process"
    SMALL_COAL_POWER = "small_coal_power", "小型煤电机组", "small coal-fired generating unit"
    COAL_OFFSET = "coal_offset", "煤炭消费减量替代已落实", "coal use offset by a larger cut"
    ENERGY_RETROFIT = "energy_retrofit", "已完成节能改造", "energy-saving retrofit done"
    ULTRA_LOW = "ultra_low", "已完成超低排放或深度治理改造", "ultra-low-emission retrofit done"
    DIRECT_DISCHARGE = "direct_discharge", "污水直排", "discharges sewage untreated"
    ANTI_SEEPAGE = "anti_seepage", "已做防渗", "seepage-proofed"
    LANDFILL = "landfill", "生活垃圾填埋", "landfill of household waste"
    VOCS = "vocs", "排放挥发性有机物", "emits volatile organic compounds"
    HEAVY_POLLUTER_LISTED = (
        "heavy_polluter_listed",
        "列入重污染行业清单",
        "on the city's list of heavy polluters",
    )
    HEAVY_METAL = "heavy_metal", "排放重金属污染物", "emits heavy metals"
    UNLAWFUL_BUILDING = "unlawful_building", "违法建筑", "built without permission"
    CAPACITY_REPLACEMENT = "capacity_replacement", "涉及产能置换", "replaces capacity elsewhere"
    REPLACED_CLOSED = "replaced_closed", "被置换产能及配套设施已关停", "the replaced capacity is closed"
    ENERGY_REVIEWED = "energy_reviewed", "已通过节能审查", "energy-saving review passed"
    EMISSIONS_OFFSET = "emissions_offset", "污染物区域削减、总量置换已落实", "emissions offset by cuts"
    HIGH_VOC = "high_voc", "生产或使用高VOCs含量涂料等四类物质", "high-VOC paint, ink, glue or cleaner"
    CAPTIVE_COAL_UNIT = "captive_coal_unit", "新增自备燃煤机组", "adds a captive coal-fired unit"
    GRADE_B = "grade_b", "环保绩效B级及以上", "environmental performance grade B or better"
    CLEAN_TRANSPORT = "clean_transport", "密闭管道、新能源车等清洁运输", "sealed pipes or clean vehicles"
    RECTIFICATION_FAILED = "rectification_failed", "限期整改不达标", "failed an ordered correction"
    HOME_BUILDING = "home_building", "位于居民楼或与居住层相邻的商业楼层", "in or next to flats"
    PELLET_SHAFT = "pellet_shaft", "独立球团竖炉", "stand-alone pellet shaft furnace"


class Fact(Term):
    """A figure that a project states and a rule asks for (项目指标); units stand in the label."""

    COKE_OVEN_HEIGHT_M = "coke_oven_height_m", "炭化室高度（米）", "coke-oven chamber height, m"
    CAPACITY_RATIO = "capacity_ratio", "产能置换比例", "capacity replaced per capacity built"
    OFFSET_RATIO = "offset_ratio", "排放量替代倍数", "emissions cut per emissions added"
    BOILER_T_H = "boiler_t_h", "锅炉容量（蒸吨/小时）", "boiler capacity, t/h of steam"
    UNIT_MW = "unit_mw", "单机容量（兆瓦）", "generating unit capacity, MW"
    FREIGHT_10KT = "freight_10kt", "年货运量（万吨）", "freight a year, 10 000 t"
    RAIL_SHARE_PCT = "rail_share_pct", "大宗货物铁路运输比例（%）", "bulk freight by rail, %"
    SITE_AREA_M2 = "site_area_m2", "施工工地面积（平方米）", "building-site area, m²"


class Purpose(Term):
    """What kind of undertaking a site is (项目类型)."""

    PROJECT = "project", "建设项目", "project"
    PARK = "park", "产业园区", "industrial park"
    TOWN = "town", "城镇建设", "urban development"


class Bank(Term):
    """The side of a strip (岸别): by the flow where it is known, else by the compass."""

    LEFT = "left", "左岸", "left bank"
    RIGHT = "right", "右岸", "right bank"
    NORTH = "north", "北岸", "north bank"
    SOUTH = "south", "南岸", "south bank"
    EAST = "east", "东岸", "east bank"
    WEST = "west", "西岸", "west bank"
    SHORE = "shore", "环岸", "around a lake"
    WHOLE = "whole", "整片", "no sides: an area"


class Flow(Term):
    """How the direction of flow is known (流向依据)."""

    STATED = "stated", "图层清单说明", "stated by the manifest"
    DEM = "dem", "按高程判定", "by the elevation model"
    UNKNOWN = "unknown", "不明", "not known"
    NONE = "none", "不适用", "nothing flows"


class CoverClass(Term):
    """What covers the ground (地类), coarse enough that every scheme can be read into it."""

    FOREST = "forest", "林地", "forest"
    SHRUB = "shrub", "灌木林地", "shrub"
    GRASS = "grass", "草地", "grass"
    WETLAND = "wetland", "湿地", "wetland"
    WATER = "water", "水面", "water"
    CROPLAND = "cropland", "耕地", "cropland"
    ORCHARD = "orchard", "园地", "orchards and gardens"
    BUILT = "built", "建设用地", "built-up land and roads"
    INDUSTRIAL = "industrial", "工业仓储用地", "industry and storage"
    MINE = "mine", "采矿用地", "mining land"
    BARE = "bare", "裸地", "bare ground"
    UNKNOWN = "unknown", "地类不明", "not known"


#: Cover that a strip wants; anything else known is missing from it.
GREEN_COVER = frozenset(
    {CoverClass.FOREST, CoverClass.SHRUB, CoverClass.GRASS, CoverClass.WETLAND, CoverClass.WATER}
)


class Treatment(Term):
    """What is done with ground that lacks its cover (修复措施), in the plans' words."""

    AFFOREST = "afforest", "还林", "plant trees"
    GRASS = "grass", "还草", "sow grass"
    WETLAND = "wetland", "还湿", "return to wetland"
    BEACH = "beach", "还滩", "return to the river's flats"
    ENCLOSE = "enclose", "封育", "enclose and let grass grow"
    EXIT = "exit", "退出", "clear away, then green"
    REGREEN = "regreen", "复绿", "green bare or mined ground"
    REMEDIATE = "remediate", "治理修复", "clean soil or waste"


#: Attributes that rules may ask of a theme's features; a rule or manifest naming another is refused.
THEME_ATTRIBUTES: dict[Theme, frozenset[str]] = {
    theme: frozenset({"name", *extra.split()})
    for theme, extra in {
        **dict.fromkeys(Theme, ""),
        Theme.RIVER: "stem basin major half_width_m",
        Theme.LEVEE: "river",
        Theme.LAKE: "zone",
        Theme.SOURCE_WATER: "level",
        Theme.URBAN_BOUNDARY: "zone",
        Theme.PLANNING_AREA: "level",
        Theme.BUILT_UP: "level",
        Theme.ADMIN: "adcode level",
        Theme.PARK: "kind adjoins",
        Theme.RESERVE: "zone kind",
        Theme.SPRING: "zone",
        Theme.OVERDRAFT: "zone",
        Theme.AIR_STATUS: "status year",
        Theme.CONTAMINATED: "status",
        Theme.CONTROL_UNIT: "code class",
        Theme.VALLEY: "river",
        Theme.SENSITIVE_POINT: "kind",
        Theme.CHP_PLANT: "capacity_mw",
        Theme.RAILWAY: "section",
        Theme.ROAD: "section",
        Theme.MINE: "status method",
        Theme.OUTFALL: "status",
        Theme.TAILINGS: "status",
        Theme.WASTE_SITE: "status",
        Theme.LANDCOVER: "code",
    }.items()
}
