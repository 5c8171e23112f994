"""The rounds' means as a Markdown table, and how the contenders compare where they saturate."""

from statistics import mean


def means(rows, name):
    """{contender: {load: mean of `name` over rounds}}."""
    found = {}
    for row in rows:
        found.setdefault(row["contender"], {}).setdefault(row["load"], []).append(row[name])
    return {contender: {load: mean(values) for load, values in sorted(loads.items())} for contender, loads in found.items()}


def relative(rows):
    """{contender: {load: goodput over the bare engine's full-depth throughput of its round, mean over rounds}}."""
    return means([row | {"relative": row["goodput_per_s"] / row["bare_per_s"]} for row in rows], "relative")


def costs(rows):
    """{contender: {load: processor time of the server per answer [µs], mean over rounds}}; a busy machine bends it least."""
    answered = [row for row in rows if row["in_time"] + row["late"]]
    return means([row | {"cost": 1e6 * row["server_cpu_s"] / (row["in_time"] + row["late"])} for row in answered], "cost")


def peaks(rows):
    """{contender: (load, goodput) where its relative goodput is greatest}."""
    return {contender: max(loads.items(), key=lambda item: (item[1], -item[0])) for contender, loads in relative(rows).items()}


def summary_table(rows):
    goodput, batches = relative(rows), means(rows, "mean_batch")
    accuracy, latency, top, cost = means(rows, "accuracy"), means(rows, "p99_ms"), peaks(rows), costs(rows)
    loads = sorted({row["load"] for row in rows})
    lines = ["Goodput over the bare engine's full-depth throughput, by load:\n",
             "| contender | " + " | ".join(f"{load:g}" for load in loads) + " | at its best: load, goodput | mean batch | p99 [ms] "
             "| accuracy | server's processor time per answer [µs] |", "| --- |" + " ---: |" * (len(loads) + 5)]
    for contender, values in goodput.items():
        load, best = top[contender]
        cells = [f"{values[other]:.3f}" if other in values else "–" for other in loads]
        lines.append(f"| {contender} | " + " | ".join(cells) + f" | {load:g}, {best:.3f} | {batches[contender][load]:.1f} | "
                     f"{latency[contender][load]:.1f} | {100 * accuracy[contender][load]:.1f} % | "
                     f"{cost.get(contender, {}).get(load, float('nan')):.0f} |")
    return "\n".join(lines + ["", *comparisons(goodput, top)])


def comparisons(goodput, top):
    """Lines that hold ours against the best of the others: each at its best, and at the load where ours is at its best."""
    ours = [name for name in goodput if name.startswith("offramp")]
    groups = [("at full depth", [name for name in goodput if name not in ours and not name.endswith("-exits")], "offramp"),
              ("with exits on both sides", [name for name in goodput if name not in ours and name.endswith("-exits")],
               "offramp-exits"),
              ("all of it against what a user would do", [name for name in goodput if name not in ours
                                                         and not name.endswith("-exits")], "offramp-exits")]
    lines = []
    for what, others, own in groups:
        if own not in goodput or not others:
            continue
        best = max(others, key=lambda name: top[name][1])
        load = top[own][0]
        there = max(others, key=lambda name: goodput[name].get(load, 0))
        lines.append(f"{what}: {own} {top[own][1]:.3f} at its best, {best} {top[best][1]:.3f}: {ratio(top[own][1], top[best][1])}; "
                     f"at load {load:g}, where {own} is at its best, {there} has {goodput[there].get(load, 0):.3f}: "
                     f"{ratio(goodput[own][load], goodput[there].get(load, 0))}")
    return lines


def ratio(ours, theirs):
    return f"{ours / theirs:.2f} ×" if theirs else "–"
