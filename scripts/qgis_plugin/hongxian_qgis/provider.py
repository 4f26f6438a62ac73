"""The provider and its one setting: where the command is."""

from qgis.core import QgsProcessingProvider

from .algorithms import AvailabilityAlgorithm, RestorationAlgorithm, RulesAlgorithm, ScreenAlgorithm
from .command import SETTING


class HongxianProvider(QgsProcessingProvider):
    """Four algorithms, one for each question."""

    def id(self):
        return "hongxian"

    def name(self):
        return "红线选址研判"

    def longName(self):
        return "红线选址研判（hongxian）"

    def load(self):
        try:
            from processing.core.ProcessingConfig import ProcessingConfig, Setting
        except ImportError:  # qgis.core alone, without the Processing plugin: environment variable or PATH
            self.refreshAlgorithms()
            return True
        ProcessingConfig.addSetting(
            Setting(
                self.name(), SETTING, "hongxian 命令的路径（空 = 在 PATH 中找）", "", valuetype=Setting.FILE
            )
        )
        ProcessingConfig.readSettings()
        self.refreshAlgorithms()
        return True

    def unload(self):
        try:
            from processing.core.ProcessingConfig import ProcessingConfig
        except ImportError:
            return
        ProcessingConfig.removeSetting(SETTING)

    def loadAlgorithms(self):
        for algorithm in (ScreenAlgorithm, RestorationAlgorithm, AvailabilityAlgorithm, RulesAlgorithm):
            self.addAlgorithm(algorithm())
