"""A Python that starts at once: each program runs in a forked child of a process that has imported the libraries.

Starting Python with torch takes two seconds, and a test's run of the workflow starts forty of them. The children import
cambench themselves, so that each sees the files as they are. What Python or a library reads once, at its start, is the
server's: the hash seed, the locale, numbers of threads. Tests of these, and of what kills a workflow, use the real
`python`. There are two servers, because a fork of one that has imported torch takes twice as long.
"""

import array
import ast
import atexit
import contextlib
import functools
import gc
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
import weakref
from importlib.machinery import FileFinder
from pathlib import Path

SHARED = "CAMBENCH_WARM_PYTHON"  # names the program in processes of tests that share it
# Scripts that import torch.
TORCH = ("channel_scores", "complement", "curves", "estimate", "machine", "masked", "networks", "other_class")
TORCH += ("perturbations", "predictions", "random_weights", "road", "saliency", "sensitivity")
# Hands its arguments, folder, environment and streams over, and exits as the child does; imports what starts quickest.
CLIENT = """#!{python} -IS
import _socket, array, posix, sys
asked = ascii([sys.argv, posix.getcwd(), posix.environ]).encode()
server = _socket.socket(_socket.AF_UNIX)
script = sys.argv[1].split(".")[-2:]  # a job's is .../<random>.<script>.py
light = script[0] not in {torch} if script[-1] == "py" else sys.argv[2:3] == ["snakemake"]
server.connect({address!r} + ("" if light else ".torch"))
server.sendmsg([b"."], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
while asked:
    asked = asked[server.send(asked):]
server.shutdown(_socket.SHUT_WR)
ended = server.recv(4)
sys.exit(int(ended) if ended else 1)
"""
LIBRARIES = ("zarr", "polars", "pandas", "scipy.stats", "yaml")
LIBRARIES += ("jsonschema", "matplotlib.backends.backend_pdf", "matplotlib.backends.backend_svg", "PIL.Image", "tqdm")
LIBRARIES += ("fontTools.subset", "rocrate.rocrate", "rich.table", "pandas.io.formats.style", "snakemake.cli")
LIBRARIES += ("snakemake.report.html_reporter", "snakemake.notebook", "smart_open", "snakemake_storage_plugin_fs")
WITH_TORCH = ("torch", "torch.utils.flop_counter", "torchvision", "timm", "transformers.models.vit.modeling_vit")


@functools.cache
def python():
    """Path of a program that is used as `python` is: `-m MODULE`, `-c CODE` or a file, and its arguments.

    Beside it lies `snakemake`, for commands in a shell.
    """
    if SHARED in os.environ:
        return os.environ[SHARED]
    folder = Path(tempfile.mkdtemp(prefix="cambench-"))
    address, client = folder / "socket", folder / "python"
    command = [sys.executable, __file__, str(address)]
    # Unbuffered, a line and its end are written apart, so that lines of other processes come between.
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=buffered)
    assert server.stdout.readline() == "ready\n"
    client.write_text(CLIENT.format(python=sys.executable, address=str(address), torch=TORCH))
    client.chmod(0o755)
    (folder / "snakemake").write_text(f'#!/bin/sh\nexec {client} -m snakemake "$@"\n')
    (folder / "snakemake").chmod(0o755)
    atexit.register(stop, server)
    return str(client)


def stop(server):
    server.stdin.close()
    server.wait(10)
    server.stdout.close()


def servers(address):
    """Both, until the tests end, which closes the standard input; whoever asks before they are ready waits."""
    with listening(address) as light, listening(f"{address}.torch") as heavy:
        print("ready", flush=True)
        for library in LIBRARIES:
            __import__(library)
        remember_packages()
        other = os.fork()
        if other == 0:
            light.close()
            for library in WITH_TORCH:
                __import__(library)
            serve(heavy)
        else:
            heavy.close()
            serve(light)
            os.waitpid(other, 0)
            shutil.rmtree(Path(address).parent)
    os._exit(0)  # nothing of the libraries is left to be tidied up


def listening(address):
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen(64)
    return server


def serve(server):
    """Until the tests end."""
    gc.freeze()  # else each child's collector looks at all of that, and copies it
    for finalizer in list(weakref.finalize._registry):  # else each child ends with those of torch's libraries
        finalizer.atexit = False
    path, running = list(sys.path), {}
    while True:
        waiting = select.poll()
        for watched in (server, sys.stdin, *running):
            waiting.register(watched, select.POLLIN)
        for connection, _ in running.values():
            waiting.register(connection, 0)  # that it was closed is told without being asked for
        found = dict(waiting.poll())
        if sys.stdin.fileno() in found:
            return
        attend(running, found)
        if server.fileno() in found:
            accept(server, running, path)


def remember_packages():
    """What is installed: each start of Snakemake looks for plugins among it five times."""
    found, look = {}, pkgutil.iter_importer_modules.dispatch(FileFinder)

    def remembered(finder, prefix=""):
        if prefix or not finder.path.startswith((sys.prefix, sys.base_prefix)):
            return look(finder, prefix)
        if finder.path not in found:
            found[finder.path] = list(look(finder))
        return iter(found[finder.path])

    pkgutil.iter_importer_modules.register(FileFinder, remembered)
    list(pkgutil.iter_modules())


def attend(running, found):
    """Tell clients how their programs ended; if a client was killed, so are its program and what that has started."""
    for ended, (connection, child) in list(running.items()):
        if ended not in found:
            if connection.fileno() not in found:
                continue
            os.killpg(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with contextlib.suppress(OSError):
            connection.sendall(str(status % 256).encode())
        connection.close()
        os.close(ended)
        del running[ended]


def accept(server, running, path):
    """Run a program in a child; `running` has those that run, by what tells their end."""
    connection, streams = server.accept()[0], array.array("i")
    try:
        _, sent, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(3 * streams.itemsize))
        streams.frombytes(sent[0][2][: 3 * streams.itemsize])
        asked = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        arguments, folder, environment = ast.literal_eval(asked.decode())
    except (OSError, IndexError, ValueError, SyntaxError):  # the client was killed before it had asked
        connection.close()
    else:
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            for other in (server, connection, *(one for one, _ in running.values())):
                other.close()
            become(streams, arguments, folder, environment, path)
        with contextlib.suppress(PermissionError, ProcessLookupError):  # it has done so itself
            os.setpgid(child, child)
        running[os.pidfd_open(child)] = connection, child
    for stream in streams:  # else nobody who reads them would see their end
        os.close(stream)


def become(streams, arguments, folder, environment, path):
    """Be the Python that was asked for."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environb.update(environment)
    known = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.executable, (option, *rest) = arguments[0], arguments[1:]
    first = folder if option in ("-m", "-c") else str(Path(option).resolve().parent)
    sys.path[:] = [first, *known, *path[1:]]
    if rest[:1] == ["snakemake"]:
        # Writes each message and its end apart, and then flushes: else a job's line may come between.
        sys.stderr.reconfigure(line_buffering=False)
        # Its plugins were looked for before the tests had named theirs.
        sys.modules["snakemake_interface_executor_plugins.registry"].ExecutorPluginRegistry().collect_plugins()
    status = 1
    try:
        run(option, rest)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
    finish(status)


def run(option, rest):
    if option == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif option == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = [option, *rest]
        runpy.run_path(option, run_name="__main__")


def finish(status):
    """What Python does at its end, but for the threads of the libraries."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    servers(sys.argv[1])
