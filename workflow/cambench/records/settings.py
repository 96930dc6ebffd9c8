"""Settings of a method in a record, which may have got more settings since: they had the values of their defaults."""

from typing import Any

from .. import methods


def complete(method: dict[str, Any]) -> dict[str, Any]:
    """All settings of a record's method, with defaults for those that it did not have then."""
    return _defaults(method["cam"]) | method["settings"]


def chosen(method: dict[str, Any]) -> dict[str, Any]:
    """Those that are not the defaults."""
    defaults = _defaults(method["cam"])
    return {
        name: value for name, value in method["settings"].items() if name not in defaults or value != defaults[name]
    }


def _defaults(cam: str) -> dict[str, Any]:
    """Defaults of a method that is installed; another default would have raised its version."""
    known = methods.facts(cam).settings if cam in methods.names() else {}
    return {name: setting.default for name, setting in known.items()}
