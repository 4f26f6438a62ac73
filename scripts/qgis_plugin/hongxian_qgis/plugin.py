"""The plugin: it only registers the provider."""

from qgis.core import QgsApplication

from .provider import HongxianProvider


class HongxianPlugin:
    """Registers the Processing provider while the plugin is switched on."""

    def __init__(self, iface):
        self.iface = iface
        self.provider = None

    def initProcessing(self):
        """Called alone by qgis_process, which has no windows."""
        self.provider = HongxianProvider()
        QgsApplication.processingRegistry().addProvider(self.provider)

    def initGui(self):
        """Called by QGIS with windows."""
        self.initProcessing()

    def unload(self):
        """Take the provider away again."""
        if self.provider is not None:
            QgsApplication.processingRegistry().removeProvider(self.provider)
            self.provider = None
