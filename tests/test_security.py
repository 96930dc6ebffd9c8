"""Nothing that a user is given runs code: weights, images, lists and maps are tested in their rooms."""

import subprocess


def test_the_configuration_is_not_evaluated(project):
    made = project.folder / "ran"
    command = project.command("-n")
    with (project.folder / "test.yaml").open("a") as file:
        file.write(f"weights_folder: !!python/object/apply:os.mkdir ['{made}']\n")
    refused = subprocess.run(command, capture_output=True, text=True, cwd=project.folder)
    assert refused.returncode == 1
    assert not made.exists()
    project.config["run"] = f"__import__('os').mkdir('{made}')"
    assert "has characters that are not allowed here" in project.run("-n", check=False).stderr
    assert not made.exists()
