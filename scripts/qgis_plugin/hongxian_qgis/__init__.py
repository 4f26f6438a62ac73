"""红线选址研判: a Processing provider that calls the installed command ``hongxian``."""


def classFactory(iface):
    """The plugin, as QGIS asks for it."""
    from .plugin import HongxianPlugin

    return HongxianPlugin(iface)
