"""项目选址筛查、生态修复台账、可选址范围、规则查询."""

import json
import tempfile

from qgis.core import (
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingOutputFolder,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsWkbTypes,
)

from . import command
from .project_layers import fresh_folder, load_results, text_field, write_sites

_DEVELOPMENTS = (
    ("", "按图层字段"),
    ("new", "新建"),
    ("rebuild", "改建"),
    ("expand", "扩建"),
    ("existing", "已建"),
)
_DATUMS = (
    ("", "按图层坐标系"),
    ("cgcs2000", "2000国家大地坐标系"),
    ("wgs84", "WGS 84"),
    ("gcj02", "GCJ-02（火星坐标）"),
    ("bd09", "BD-09（百度坐标）"),
)
_NOTE = "结论为初步研判，仅供参考；不代替主管部门的审查意见。计算在本机完成，不联网。"


class _Algorithm(QgsProcessingAlgorithm):
    """What the four share."""

    NAME = TITLE = HELP = ""

    def name(self):
        return self.NAME

    def displayName(self):
        return self.TITLE

    def shortHelpString(self):
        return f"{self.HELP}\n\n{_NOTE}"

    def createInstance(self):
        return type(self)()

    def group(self):
        return ""

    def groupId(self):
        return ""

    def _add_manifest(self):
        self.addParameter(
            QgsProcessingParameterFile("MANIFEST", "图层清单 manifest.yaml", extension="yaml", optional=False)
        )

    def _add_rules(self):
        self.addParameter(
            QgsProcessingParameterFile(
                "RULES",
                "自备规则文件夹（叠加在规则册之上）",
                QgsProcessingParameterFile.Folder,
                optional=True,
            )
        )

    def _add_day(self):
        self.addParameter(
            QgsProcessingParameterString("ON", "研判日期（如 2026-01-01，空 = 今天）", optional=True)
        )

    def _add_results(self):
        self.addParameter(QgsProcessingParameterFolderDestination("OUT", "结果文件夹"))
        self.addOutput(QgsProcessingOutputFolder("RUN", "本次结果"))
        self.addOutput(QgsProcessingOutputMultipleLayers("LAYERS", "结果图层"))

    def _options(self, parameters, context, pairs):
        """Command-line options for the parameters that are filled in."""
        made = []
        for name, option in pairs:
            value = self.parameterAsString(parameters, name, context).strip()
            if value:
                made += [option, value]
        return made

    def _run(self, verb, arguments, parameters, context, feedback):
        """Run a verb that writes a folder, and load what it wrote."""
        command.require(verb)
        out = fresh_folder(self.parameterAsString(parameters, "OUT", context))
        said = command.run([verb, *arguments, "--out", out], feedback)
        feedback.pushInfo(said)
        feedback.pushInfo(f"完整工程：{out}/screening.qgz（分组、主题、图册齐全）")
        return {"OUT": out, "RUN": out, "LAYERS": load_results(out, context)}


class ScreenAlgorithm(_Algorithm):
    """Screens the sites of a layer."""

    NAME, TITLE = "screen", "项目选址筛查"
    HELP = "逐条核对场地与规划的空间规则，写出 GeoPackage、QGIS 工程、地图和表格，并载入带样式的结果图层。字段名可用中文（编号、名称、行业代码、建设性质……）。"

    def initAlgorithm(self, config=None):
        self.addParameter(
            QgsProcessingParameterFeatureSource("SITES", "场地图层", [QgsProcessing.TypeVectorAnyGeometry])
        )
        self._add_manifest()
        self._add_rules()
        self._add_day()
        self.addParameter(
            QgsProcessingParameterString("INDUSTRY", "行业代码（图层没有写的，如 2521）", optional=True)
        )
        self.addParameter(
            QgsProcessingParameterEnum(
                "DEVELOPMENT", "建设性质（图层没有写的）", [zh for _, zh in _DEVELOPMENTS], defaultValue=0
            )
        )
        self.addParameter(
            QgsProcessingParameterEnum("DATUM", "坐标系", [zh for _, zh in _DATUMS], defaultValue=0)
        )
        self.addParameter(
            QgsProcessingParameterBoolean("KEEP_GOING", "有错的行列入结果，其余照常筛查", False)
        )
        self.addParameter(QgsProcessingParameterBoolean("SHAPEFILE", "另写一套 Shapefile", False))
        self._add_results()

    def processAlgorithm(self, parameters, context, feedback):
        source = self.parameterAsSource(parameters, "SITES", context)
        with tempfile.TemporaryDirectory(prefix="hongxian_") as folder:
            sites = write_sites(source, folder, context, feedback)
            arguments = [sites]
            arguments += self._options(
                parameters,
                context,
                (("MANIFEST", "--layers"), ("RULES", "--rules"), ("ON", "--on"), ("INDUSTRY", "--industry")),
            )
            for name, option, choices in (
                ("DEVELOPMENT", "--development", _DEVELOPMENTS),
                ("DATUM", "--datum", _DATUMS),
            ):
                code = choices[self.parameterAsEnum(parameters, name, context)][0]
                arguments += [option, code] if code else []
            for name, option in (("KEEP_GOING", "--keep-going"), ("SHAPEFILE", "--shapefile")):
                arguments += [option] if self.parameterAsBool(parameters, name, context) else []
            return self._run("screen", arguments, parameters, context, feedback)


class RestorationAlgorithm(_Algorithm):
    """The ledger of strips to be restored."""

    NAME, TITLE = "restore", "生态修复台账"
    HELP = "按规划的修复条款划出河湖两岸的修复带，列出缺口、占用和优先级，写出台账并载入带样式的图层。"

    def initAlgorithm(self, config=None):
        self._add_manifest()
        self.addParameter(
            QgsProcessingParameterFeatureSource(
                "SITES", "已有项目（可不填）", [QgsProcessing.TypeVectorAnyGeometry], optional=True
            )
        )
        self._add_rules()
        self._add_day()
        self._add_results()

    def processAlgorithm(self, parameters, context, feedback):
        command.require("restore")
        source = self.parameterAsSource(parameters, "SITES", context)
        with tempfile.TemporaryDirectory(prefix="hongxian_") as folder:
            arguments = self._options(
                parameters, context, (("MANIFEST", "--layers"), ("RULES", "--rules"), ("ON", "--on"))
            )
            if source is not None:
                arguments += ["--sites", write_sites(source, folder, context, feedback)]
            return self._run("restore", arguments, parameters, context, feedback)


class AvailabilityAlgorithm(_Algorithm):
    """Where a use could go."""

    NAME, TITLE = "where", "可选址范围"
    HELP = "对一个行业和建设性质，画出一市一县内没有规则禁止、限制或存疑的范围。缺少所需图层的地方不会显示为可选。"

    def initAlgorithm(self, config=None):
        self._add_manifest()
        self.addParameter(QgsProcessingParameterString("INDUSTRY", "行业代码（如 2521）"))
        self.addParameter(
            QgsProcessingParameterEnum(
                "DEVELOPMENT", "建设性质", [zh for _, zh in _DEVELOPMENTS[1:]], defaultValue=0
            )
        )
        self.addParameter(QgsProcessingParameterString("CITY", "市或县（如 运城）"))
        self.addParameter(
            QgsProcessingParameterNumber(
                "MIN_AREA", "最小面积（公顷，0 = 不限）", QgsProcessingParameterNumber.Double, 0, minValue=0
            )
        )
        self._add_rules()
        self._add_day()
        self._add_results()

    def processAlgorithm(self, parameters, context, feedback):
        arguments = self._options(
            parameters,
            context,
            (
                ("MANIFEST", "--layers"),
                ("INDUSTRY", "--industry"),
                ("CITY", "--city"),
                ("RULES", "--rules"),
                ("ON", "--on"),
            ),
        )
        code = _DEVELOPMENTS[1 + self.parameterAsEnum(parameters, "DEVELOPMENT", context)][0]
        arguments += ["--development", code]
        area = self.parameterAsDouble(parameters, "MIN_AREA", context)
        arguments += ["--min-area", f"{area:g}ha"] if area else []
        return self._run("where", arguments, parameters, context, feedback)


class RulesAlgorithm(_Algorithm):
    """Looks rules up."""

    NAME, TITLE = "rules", "规则查询"
    HELP = "在规则册中按词（编号、名称、规划章节、要素）查规则，列成一张表；词留空即列出全部。"

    COLUMNS = (
        ("rule_id", "编号"),
        ("title", "规则"),
        ("plan", "规划"),
        ("section", "章节"),
        ("effect", "管控方式"),
        ("strength", "约束力"),
        ("measure", "判定方式"),
        ("remedy", "如何处理"),
    )

    def initAlgorithm(self, config=None):
        self.addParameter(QgsProcessingParameterString("WORD", "词（如 汾河、YC-15）", optional=True))
        self._add_rules()
        self.addParameter(
            QgsProcessingParameterFeatureSink("TABLE", "规则表", QgsProcessing.TypeVector, None, False)
        )
        self.addOutput(QgsProcessingOutputNumber("COUNT", "规则数"))

    def processAlgorithm(self, parameters, context, feedback):
        rules = self._options(parameters, context, (("RULES", "--rules"),))
        said = command.run(["rules", "list", "--json", *rules], feedback, stages=1)
        try:
            held = json.loads(said)
        except ValueError as error:
            raise QgsProcessingException(f"读不懂 hongxian 的回答：{said[:200]}") from error
        word = self.parameterAsString(parameters, "WORD", context).strip()
        found = [rule for rule in held if not word or word in json.dumps(rule, ensure_ascii=False)]
        fields = QgsFields()
        for name, _ in self.COLUMNS:
            fields.append(text_field(name))
        sink, destination = self.parameterAsSink(parameters, "TABLE", context, fields, QgsWkbTypes.NoGeometry)
        if sink is None:
            raise QgsProcessingException(self.invalidSinkError(parameters, "TABLE"))
        for rule in found:
            feature = QgsFeature(fields)
            feature.setAttributes([self._said(rule, name) for name, _ in self.COLUMNS])
            sink.addFeature(feature, QgsFeatureSink.FastInsert)
            feedback.pushInfo(f"{rule['id']} {self._said(rule, 'title')}")
        if not found:
            feedback.reportError(f"没有与“{word}”有关的规则；换一个词试试")
        return {"TABLE": destination, "COUNT": len(found)}

    _WORDS = {
        "prohibit": "禁止",
        "restrict": "严格限制",
        "require": "须满足条件",
        "phase_out": "退出",
        "restore": "修复",
        "protect": "保护",
        "inform": "提示",
        "mandatory": "强制",
        "in_principle": "原则上",
        "encouraged": "鼓励",
        "within_distance": "距离以内",
        "inside": "范围之内",
        "outside": "范围之外",
        "in_jurisdiction": "行政辖区之内",
    }

    def _said(self, rule, column):
        value = rule.get("id" if column == "rule_id" else column)
        if isinstance(value, dict):
            value = value.get("zh", "")
        return self._WORDS.get(value, "" if value is None else str(value))
