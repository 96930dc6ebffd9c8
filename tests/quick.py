"""Settings of costly methods with which a test of all methods is quick, and what such tests have to know of methods."""

SETTINGS = {
    "cameras": {"sizes": 2, "step": 16},
    "groupcam": {"groups": 2},
    "integratedgradcam": {"steps": 3},
    "integratedgradients": {"steps": 3},
    "iscam": {"samples": 2},
    "opticam": {"steps": 3, "stop": False},
    "rise": {"samples": 8},
    "smoothgrad": {"samples": 2},
    "sscam": {"samples": 2},
}
UNSEEING = ("fakecam", "random", "centre")  # whose maps do not depend on the image
OF_TRANSFORMERS = ("attngradcam", "chefer", "legrad", "rawattention", "rollout", "vitreciprocam")
# Which never forward the image as it is.
WITHOUT_CLEAN_PASS = (*UNSEEING, "integratedgradcam", "integratedgradients", "rise", "smoothgrad", "sobel")


def settings(name: str) -> dict:
    """Settings of a method."""
    return SETTINGS.get(name, {})
