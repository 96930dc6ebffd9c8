"""What decides a result: settings and digests of networks, methods and stages."""

STAGES = (
    "manifest",
    "images",
    "networks",
    "predictions",
    "saliency",
    "masked",
    "curves",
    "metrics",
    "tables",
    "comparison",
)


@functools.cache
def settings_of(name):
    """What decides a network's answers: its title does not, the contents of its files do."""
    model = config["models"][name]
    block = {key: value for key, value in model.items() if key != "title"}
    source = provenance.source_digest(model["factory"].partition(":")[0]) if "factory" in model else None
    digests = {"weights_digest": weights_digest(model), "source_digest": source}
    return {**block, **digests, "precision": config["compute"]["precision"]}


def model_settings(wildcards):
    return settings_of(wildcards.model)


def method_settings(wildcards):
    """What decides a method's maps; of precomputed ones, the contents of their files."""
    block = config["methods"][wildcards.method]
    settings = block["settings"]
    if method_facts(wildcards.method).resolution != "file":
        return {"method": block["method"], "settings": settings}
    digests = [provenance.tree_digest(Path(settings[key]), CACHE) for key in ("path", "masked") if settings.get(key)]
    settings = {**settings, "manifest": f"{RESULTS}/manifest.parquet"}
    return {"method": block["method"], "settings": settings, "files": digests}


def resolution_of(label):
    """Size of a method's maps: of the layer, of the input, or [h, w] of a file's."""
    facts = method_facts(label)
    if facts.resolution != "file":
        return facts.resolution
    return list(precomputed.shape(config["methods"][label]["settings"]["path"])[1:])


def resolution(wildcards):
    return resolution_of(wildcards.method)


def has_second_map(wildcards):
    """Whether there are maps of the masked inputs, without which there is no coherency."""
    block = config["methods"][wildcards.method]
    return method_facts(wildcards.method).resolution != "file" or bool(block["settings"].get("masked"))


def curve_settings():
    """What decides a curve; how its area is taken does not."""
    return {key: config["curves"][key] for key in ("pixels_per_step", "deletion", "insertion")}


def attributes(stage):
    """Input function: the settings that a store was made with, which it carries."""

    def function(wildcards):
        if stage == "images":
            return {"preprocessing": PREPROCESSING[wildcards.preprocessing], "dataset": config["dataset"]}
        block = model_settings(wildcards)
        if stage != "predictions":
            block = {"model": block, **method_settings(wildcards)}
        own = {
            "masked": {"masking": config["masking"]},
            "curves": {"order": config["masking"]["order"], "curves": curve_settings()},
        }
        return {"settings": block, "target": config["target"], **own.get(stage, {})}

    return function


def published_settings(model):
    """What a network's numbers rest on beside its weights and methods, flat, as `published.SETTINGS` has it."""
    preprocessing = {key: model["preprocessing"][key] for key in ("resize", "crop")}
    curves = curve_settings() if WITH_CURVES else {}
    return {"target": config["target"], **config["masking"], **preprocessing, **curves}


def published_files():
    """The published table and the digests of its networks' weights, from here or from beside the Snakefile."""
    if not PUBLISHED:
        return {}
    table = Path(PUBLISHED) if Path(PUBLISHED).exists() else Path(workflow.basedir, PUBLISHED)
    return {"published": str(table), "weights": str(table.with_name("weights.csv"))}


def precision_effect():
    """By how many points of each metric a precision was seen to move the demo's means; nothing for float32."""
    table = Path(workflow.basedir, "reference", f"{config['compute']['precision']}.csv")
    return dict(pl.read_csv(table).select("metric", "mean").iter_rows()) if table.exists() else {}


def titles(kind):
    return {name: block.get("title", name) for name, block in config[kind].items()}


def gpus():
    """Whether jobs that run a network should ask for a GPU."""
    device = config["compute"]["device"]
    return int(device.startswith("cuda") or (device == "auto" and shutil.which("nvidia-smi") is not None))
