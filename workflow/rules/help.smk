rule help:
    """Print the main targets, and where to look."""
    log:
        "<results>/logs/help.log",
    conda:
        "../../envs/tables.yaml"
    script:
        "../scripts/help.py"
