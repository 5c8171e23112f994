"""The servers: how each is started on its core, how the client reaches it, and how it is ended."""

import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent.parent
STUB = "lib/python3.11/site-packages/pytriton/tritonserver"


class ContenderError(Exception):
    """One line: what, where; what to do."""


@dataclass(frozen=True)
class Setting:
    """What all contenders share."""

    folder: Path  # prepare.py's
    model: Path
    work: Path
    deadline: float  # [s]
    timeout: float  # [s]: who has waited longer for a batch is dropped
    batch: int
    bare: float  # the bare engine's rows per second at full depth
    server_core: int
    client_core: int


@dataclass(frozen=True)
class Contender:
    kind: str  # offramp, triton or mosec
    exits: bool  # tasks leave at the exits they ask for
    drops: bool = True  # who has waited too long is dropped
    note: str = ""


CONTENDERS = {
    "offramp": Contender("offramp", False, note="edge-worker, open plans, full depth"),
    "offramp-exits": Contender("offramp", True, note="edge-worker, open plans, each task's own exit"),
    "triton": Contender("triton", False, note="Triton, REJECT after the timeout, full depth"),
    "triton-exits": Contender("triton", True, note="Triton, REJECT after the timeout, exits in its model function"),
    "triton-patient": Contender("triton", False, drops=False, note="Triton without a timeout, full depth"),
    "mosec": Contender("mosec", False, note="mosec, its queue bounded, full depth"),
    "mosec-exits": Contender("mosec", True, note="mosec, its queue bounded, exits in its model function"),
}


# -- Serving ---------------------------------------------------------------------------------------------------------


@contextmanager
def serving(contender, setting):
    """Starts the server; gives its process and the client's arguments that reach it. It is gone when this ends."""
    with {"offramp": offramp, "triton": triton, "mosec": mosec}[contender.kind](contender, setting) as found:
        yield found


@contextmanager
def offramp(contender, setting):
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    command = [worker_program(), "--base-station", endpoint, "--listen", "tcp://127.0.0.1:*", "--model", setting.model,
               "--engine", "onnxruntime", "--threads", 1, "--max-batch", setting.batch, "--cache", setting.work / "cache",
               "--die-with-parent"]
    arguments = ["--listen", endpoint, "--max-batch", setting.batch]
    if contender.drops:
        arguments += ["--timeout", f"{setting.timeout * 1e3:.3f}ms"]
    if contender.exits:
        arguments += ["--exits"]
    # It leaves in order when the client says so.
    with process("offramp", command, setting, cwd=CHECKOUT) as worker:
        yield worker, arguments


@contextmanager
def mosec(contender, setting):
    port = free_port()
    # Its timeout is of the whole request. The bound, four batches on the machine it was tried on, is a share of what the bare
    # engine does within the deadline: with a longer queue what is answered beyond saturation is late, with a shorter one more
    # is refused.
    capacity = max(setting.batch, round(0.18 * setting.bare * setting.deadline))
    command = [HERE / ".venv/mosec/bin/python", HERE / "mosec_server.py", "--address", "127.0.0.1", "--port", port,
               "--timeout", round(1e3 * setting.deadline), "--capacity", capacity,
               "--path", setting.work / "mosec", "--log-level", "error"]
    with process("mosec", command, setting, variables(contender, setting)) as server:
        head = setting.work / "mosec.head"
        head.write_bytes(request_head("/inference", setting, b""))
        wait_until_ready(server, port, head, setting)
        yield server, ["--http", f"127.0.0.1:{port}", "--head", head]
    shutil.rmtree(setting.work / "mosec", ignore_errors=True)


@contextmanager
def triton(contender, setting):
    port, prefix = free_port(), f"offramp_serving_{os.getpid()}_"
    venv, repository = HERE / ".venv/triton", setting.work / "repository"
    write_repository(contender, setting, repository)
    server = venv / STUB
    command = [server / "bin/tritonserver", "--model-repository", repository, "--backend-directory", backends(venv, setting),
               "--backend-config", f"python,shm-region-prefix-name={prefix}", "--http-address", "127.0.0.1",
               "--http-port", port, "--allow-grpc", "false", "--allow-metrics", "false", "--log-info", "false",
               "--log-warning", "false", "--log-error", "false", "--exit-timeout-secs", "2"]
    extra = variables(contender, setting) | {
        "SERVING_PACKAGES": str(venv / "lib/python3.11/site-packages"), "SERVING_SCRIPTS": str(HERE),
        "LD_LIBRARY_PATH": str(venv / "lib/python3.11/site-packages/nvidia_pytriton.libs"), "CUDA_VISIBLE_DEVICES": ""}
    try:
        with process("triton", command, setting, extra) as started:
            head = setting.work / "triton.head"
            head.write_bytes(triton_head(setting))
            wait_until_ready(started, port, head, setting)
            yield started, ["--http", f"127.0.0.1:{port}", "--head", head]
    finally:
        shutil.rmtree(repository, ignore_errors=True)
        for region in Path("/dev/shm").glob(f"{prefix}*"):
            region.unlink(missing_ok=True)


def write_repository(contender, setting, repository):
    policy = ""
    if contender.drops:
        policy = ("default_queue_policy { timeout_action: REJECT "
                  f"default_timeout_microseconds: {round(setting.timeout * 1e6)} }}")
    (repository / "digits/1").mkdir(parents=True)
    shutil.copy(HERE / "triton/model.py", repository / "digits/1/model.py")
    (repository / "digits/config.pbtxt").write_text(f"""name: "digits"
backend: "python"
max_batch_size: {setting.batch}
input [{{ name: "x" data_type: TYPE_FP32 dims: [{values(setting) + 1}] }}]
output [{{ name: "y" data_type: TYPE_INT32 dims: [2] }}]
instance_group [{{ kind: KIND_CPU count: 1 }}]
dynamic_batching {{ max_queue_delay_microseconds: 0 {policy} }}
""")


def backends(venv, setting):
    """The wheel's backends with the python backend's stub, which it keeps elsewhere."""
    folder = setting.work / "backends"
    if not folder.exists():
        shutil.copytree(venv / STUB / "backends", folder)
        stub = folder / "python/triton_python_backend_stub"
        shutil.copy(venv / STUB / "python_backend_stubs/3.11/triton_python_backend_stub", stub)
        stub.chmod(0o755)
    return folder


# -- Requests --------------------------------------------------------------------------------------------------------


def values(setting):
    return json.loads((setting.folder / "shape.json").read_text())["values"]


def request_head(path, setting, prefix, fields=""):
    """All of a request but the feature and its exit, which the client sends behind it."""
    length = len(prefix) + 4 * (values(setting) + 1)
    return (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/octet-stream\r\n{fields}"
            f"Content-Length: {length}\r\n\r\n").encode() + prefix


def triton_head(setting):
    """Triton's binary tensor data extension: JSON, then the tensor's bytes."""
    size = values(setting) + 1
    text = json.dumps({
        "inputs": [{"name": "x", "shape": [1, size], "datatype": "FP32", "parameters": {"binary_data_size": 4 * size}}],
        "outputs": [{"name": "y", "parameters": {"binary_data": True}}]}).encode()
    return request_head("/v2/models/digits/infer", setting, text, f"Inference-Header-Content-Length: {len(text)}\r\n")


def wait_until_ready(server, port, head, setting):
    """Until a request has its answer."""
    request = head.read_bytes() + bytes(4 * values(setting)) + b"\0\0\x80\x3f"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if server.poll() is not None:
            raise ContenderError(f"it ended with status {server.returncode} at its start, {server.args[3]}; see {server.log}")
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.sendall(request)
                response = http.client.HTTPResponse(connection)
                response.begin()
                response.read()
                if response.status == 200:
                    return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    raise ContenderError(f"no answer within 60 s, {server.args[3]}; see {server.log}")


# -- Processes -------------------------------------------------------------------------------------------------------


def variables(contender, setting):
    return {"SERVING_FOLDER": str(setting.folder), "SERVING_EXITS": "1" if contender.exits else "0",
            "SERVING_BATCH": str(setting.batch), "ORT_DISABLE_TELEMETRY": "1"}


@contextmanager
def process(name, command, setting, extra=None, cwd=None):
    """The command on the server's core in a process group of its own, which is gone when this ends."""
    log = setting.work / f"{name}.log"
    with log.open("ab") as output:
        started = subprocess.Popen(
            ["taskset", "-c", str(setting.server_core), *map(str, command)], stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, env=os.environ | (extra or {}), cwd=cwd or setting.work, start_new_session=True,
            preexec_fn=die_with_parent)
    started.log = log
    try:
        yield started
    finally:
        end(started)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def end(started):
    """It gets 10 s to leave in order, and then its group is killed."""
    if started.poll() is None:
        started.terminate()
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(started.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    started.wait()


def processor_time(started):
    """Seconds that all processes of the server have taken of a processor."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        # Behind the name: state, parent, group, session; user and system time are the 12th and 13th.
        if int(fields[3]) == started.pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def worker_program():
    return CHECKOUT / ".build/release/edge-worker"


def client_program():
    return CHECKOUT / ".build/release/serving-bench"
