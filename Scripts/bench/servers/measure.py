"""Goodput over load of the edge worker and of servers that a user would pick instead: see Scripts/bench/serving."""

import argparse
import csv
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import arrivals
import contenders
from contenders import CHECKOUT, CONTENDERS, HERE, ContenderError, Setting
from summary import summary_table
from tally import read, tally

# The quickstart's devices: six sensors, six cameras and four robots, each by the first exit that is accurate enough.
EXITS = {1: 6, 2: 6, 4: 4}
LOADS = (0.2, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0)
QUICK = {"rounds": 1, "seconds": 0.8, "loads": [0.4, 1.0, 2.0]}
WARM_UP = (0.3, 0.7)  # load, seconds: not counted
COLUMNS = ("round seed contender load rate_per_s bare_per_s bare_exits_per_s seconds deadline_ms offered in_time late rejected "
           "unsent lost goodput_per_s p50_ms p99_ms mean_batch accuracy server_cpu_s client_cpu send_lag_p99_ms").split()


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("error: stopped, by a signal; run it again"))
    with tempfile.TemporaryDirectory(prefix="offramp-serving-") as folder:
        try:
            rows = measure(options, Path(folder))
        except KeyboardInterrupt:
            sys.exit("error: stopped, by a signal; run it again")
        except ContenderError as error:
            sys.exit(f"error: {error}")
    if not rows:
        sys.exit("error: no contender could be measured, see above; mend one")
    write(options.output, rows)
    print_table(rows)
    if options.figure:
        draw(options.output, options.figure)


def parse():
    parser = argparse.ArgumentParser(prog="Scripts/bench/serving", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="one short round of three loads, to see that all of it works")
    add("--rounds", type=int, default=3, metavar="N", help="each contender once in each (3)")
    add("--seconds", type=float, default=1.6, metavar="S", help="of arrivals at each load (1.6)")
    add("--loads", type=float, nargs="+", default=LOADS, metavar="X", help="times the bare engine at full depth")
    add("--deadline", type=float, default=50, metavar="MS", help="from arrival to answer (50)")
    add("--timeout", type=float, default=25, metavar="MS", help="who has waited longer for a batch is dropped (25)")
    add("--max-batch", type=int, default=16, metavar="N", help="(16)")
    add("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS), metavar="NAME", help=", ".join(CONTENDERS))
    add("--without", nargs="*", default=[], metavar="KIND", help="kinds that could not be installed")
    add("--model", type=Path, default=CHECKOUT / "Topologies/Models/digits", metavar="DIR")
    add("--server-core", type=int, default=0, metavar="N", help="all threads of the server run on it (0)")
    add("--client-core", type=int, default=1, metavar="N", help="(1)")
    add("--output", type=Path, default=Path("serving.csv"), metavar="FILE", help="one row a run (serving.csv)")
    add("--figure", type=Path, metavar="FILE", help="draw it too")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(QUICK)
    if not (1 <= options.rounds <= 100 and 0.1 <= options.seconds <= 60 and all(0 < load <= 10 for load in options.loads)):
        parser.error("--rounds is from 1 to 100, --seconds from 0.1 to 60, --loads up to 10")
    return options


# -- Measuring -------------------------------------------------------------------------------------------------------


def measure(options, work):
    prepared = work / "model"
    prepared.mkdir()
    tools("prepare.py", options.model, prepared)
    labels = (prepared / "labels.u8").read_bytes()
    names = [name for name in options.contenders if CONTENDERS[name].kind not in options.without]
    rows = []
    for number in range(options.rounds):
        if not names:
            break
        bare = json.loads(tools("bare.py", prepared, options.max_batch, 1.5, *spread(EXITS), core=options.server_core))
        say(f"round {number + 1} of {options.rounds}: bare engine {bare['full_depth']:.0f} rows/s at full depth, "
            f"{bare['with_exits']:.0f} with exits")
        runs = write_runs(options, work / f"round-{number}", bare["full_depth"], number, len(labels))
        # Everyone is first once in so many rounds: whoever comes later finds a warmer machine.
        for name in names[number % len(names):] + names[: number % len(names)]:
            setting = Setting(prepared, options.model.resolve(), work, options.deadline / 1e3, options.timeout / 1e3, options.max_batch,
                              bare["full_depth"], options.server_core, options.client_core)
            try:
                found = run_contender(CONTENDERS[name], setting, runs, options)
            except ContenderError as error:
                say(f"{name} left out: {error}")
                names = [other for other in names if other != name]
                continue
            for found_run in found:
                rows.append(row(name, number, *found_run, bare, labels, options))
            say("  " + name.ljust(15) + "  ".join(f"{r['load']:g}: {r['goodput_per_s']:.0f}" for r in rows[-len(found):]))
    return rows


def spread(exits):
    """Each exit as often as its share."""
    return [exit for exit, count in exits.items() for _ in range(count)]


def write_runs(options, folder, bare, number, samples):
    """A file of arrivals for each load, the warm-up first: (file, load, rate, arrivals, seed)."""
    folder.mkdir()
    plan = [("warm-up", *WARM_UP)] + [(f"load-{place}", load, options.seconds) for place, load in enumerate(options.loads)]
    runs = []
    for place, (name, load, seconds) in enumerate(plan):
        seed = 1000 * (number + 1) + place
        found = arrivals.poisson(load * bare, seconds, samples, EXITS, seed)
        arrivals.write(folder / name, found)
        runs.append((folder / name, load, load * bare, found, seed))
    return runs


def run_contender(contender, setting, runs, options):
    """(run, its records, the client's share of a processor, the server's processor time [s]) of each counted run."""
    answers = setting.work / "answers"
    answers.mkdir(exist_ok=True)
    with contenders.serving(contender, setting) as (server, arguments):
        command = ["taskset", "-c", setting.client_core, contenders.client_program(), *arguments,
                   "--features", setting.folder / "features.f32", "--feature-bytes", 4 * contenders.values(setting),
                   "--deadline", f"{options.deadline}ms", "--output", answers]
        for file, *_ in runs:
            command += ["--arrivals", file]
        shares, taken = follow([str(word) for word in command], server, 60 + sum(6 + options.seconds for _ in runs))
    return [(run, read(answers / run[0].name), shares[run[0].name], taken[run[0].name]) for run in runs[1:]]


def follow(command, server, limit):
    """Runs the client, which says a line behind each run: {run: its own share}, {run: the server's processor time}."""
    shares, taken, before = {}, {}, contenders.processor_time(server)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        guard = threading.Timer(limit, client.kill)
        guard.start()
        try:
            for line in client.stdout:
                name, share = line.split()
                now = contenders.processor_time(server)
                shares[name], taken[name], before = float(share), now - before, now
            complaint = client.stderr.read().strip().removeprefix("error: ")
        except BaseException:
            client.kill()
            raise
        finally:
            guard.cancel()
    if client.returncode:
        raise ContenderError(complaint or f"the client took more than {limit:.0f} s, {server.args[3]}; see {server.log}")
    return shares, taken


def row(name, number, run, records, share, taken, bare, labels, options):
    _, load, rate, found, seed = run
    figures = tally(records, found, labels, options.deadline / 1e3, options.seconds, CONTENDERS[name].kind != "offramp")
    return {"round": number + 1, "seed": seed, "contender": name, "load": load, "rate_per_s": rate,
            "bare_per_s": bare["full_depth"], "bare_exits_per_s": bare["with_exits"], "seconds": options.seconds,
            "deadline_ms": options.deadline, "server_cpu_s": taken, "client_cpu": share, **figures}


def tools(script, *arguments, core=None):
    pinned = ["taskset", "-c", str(core)] if core is not None else []
    done = subprocess.run([*pinned, HERE / ".venv/tools/bin/python", HERE / script, *map(str, arguments)],
                          capture_output=True, text=True)
    if done.returncode:
        raise ContenderError(f"it failed ({done.stderr.strip().splitlines()[-1]}), {script}; mend that first")
    return done.stdout


# -- Results ---------------------------------------------------------------------------------------------------------


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({name: f"{value:.6g}" if isinstance(value, float) else value for name, value in row.items()})
    say(f"{path}: {len(rows)} runs")


def print_table(rows):
    print("\n" + summary_table(rows))


def draw(table, figure):
    subprocess.run([CHECKOUT / "Scripts/plot", "--prepare"], check=True)
    subprocess.run([CHECKOUT / ".venv/bin/python", CHECKOUT / "Scripts/plots/serving.py", table, figure], check=True)


def say(line):
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
