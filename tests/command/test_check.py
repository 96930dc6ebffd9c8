"""What `cambench check` says is what a run makes."""

import subprocess

import warm


def checked(project, *words):
    """What is said of a project's configuration, by name."""
    project.arguments()
    call = [warm.python(), "-m", "cambench", "check", "test.yaml", *words]
    done = subprocess.run(call, cwd=project.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, *lines = done.stdout.splitlines()
    assert first == "test.yaml: right"
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in lines}


def test_it_says_what_a_run_makes(finished):
    before = sorted(finished.folder.rglob("*"))
    said = checked(finished)
    assert [path for path in sorted(finished.folder.rglob("*")) if ".snakemake" not in path.parts] == [
        path for path in before if ".snakemake" not in path.parts
    ]
    assert said["images"] == "9 in photos; 9 of 9 have labels"
    assert said["network"] == "tiny: layer relu, maps of 8 x 8 from 4 channels; 5 classes; random weights"
    assert said["methods"] == "2: gradcam, scorecam"
    assert said["results"] == "results/test"


def test_jobs_are_those_of_the_run(finished):
    """As many as the run left logs of; a log has the name of the shard, or of the method if there are no shards."""
    said = checked(finished)["jobs"]
    counts = dict(part.split() for part in said.split("(")[1].split(")")[0].split(", "))
    for stage, count in counts.items():
        logs = [path for path in (finished.results / "logs" / stage).rglob("*.log") if path.stem != "store"]
        assert int(count) == len(logs), stage
    assert said.startswith(f"{sum(map(int, counts.values()))} (images 3, ")


def test_keys_can_be_changed(finished):
    said = checked(finished, "--config", "run=other", "dataset={path: photos, sample: {images: 4}}")
    assert said["images"] == "4 of 9, drawn at random in photos; 9 of 9 have labels"
    assert said["results"] == "results/other"
