"""Arrivals of an open loop: a Poisson process, each arrival with a held-out image and the exit its device requires."""

import random


def poisson(rate, seconds, samples, exits, seed):
    """(instant [ns], sample, exit) in order of time, before `seconds`; `exits` maps an exit to its share. Equal seeds give
    equal samples and exits in equal order at every rate."""
    instants, tasks = random.Random(f"instants {seed}"), random.Random(f"tasks {seed}")
    numbers, shares = zip(*sorted(exits.items()))
    found, now = [], instants.expovariate(rate)
    while now < seconds:
        found.append((int(now * 1e9), tasks.randrange(samples), tasks.choices(numbers, shares)[0]))
        now += instants.expovariate(rate)
    return found


def write(path, arrivals):
    with open(path, "w", encoding="ascii") as file:
        file.write("instant_ns,sample,exit\n")
        file.writelines(f"{instant},{sample},{exit}\n" for instant, sample, exit in arrivals)
