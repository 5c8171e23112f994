"""Profiles, latency tables and calibrations as offramp writes them, for the tests."""

import json


def write_profile(path, model="digits", blocks=3, max_batch=8, alpha=2e-5, beta=1e-4, scale=1.0, measured=True):
    """Every block takes (alpha · batch + beta) · scale and every head a tenth of it, exactly."""
    def latencies(share):
        return [share * scale * (alpha * size + beta) for size in range(1, max_batch + 1)]

    def part(share):
        fit = {"alpha_s": share * scale * alpha, "beta_s": share * scale * beta, "beta_over_alpha": beta / alpha, "residual_s": 0.0}
        return {"median_s": latencies(share), "p95_s": latencies(1.1 * share), "p99_s": latencies(1.2 * share), "fit": fit}

    file = {"format": 1, "name": "sample", "model": model, "max_batch": max_batch,
            "blocks": [{"latency_s": latencies(1.2), "head_latency_s": latencies(0.12)} for _ in range(blocks)]}
    if measured:
        file |= {"kind": "measured", "machine": {"cpu": "a processor", "cores": 2, "kernel": "Linux"}, "date": "2026-01-02T03:04:05Z",
                 "engine": {"name": "onnxruntime", "version": "1.28.0", "threads": 1}, "whole": part(1.1 * blocks)}
        for block in file["blocks"]:
            block |= {"measured": part(1), "head_measured": part(0.1)}
    path.write_text(json.dumps(file), encoding="utf-8")
    return file


def write_calibration(path, exits=3):
    """Deeper exits are more accurate, and a higher threshold sends more images deeper."""
    thresholds = [place / 20 for place in range(21)]
    file = {
        "format": 1, "model": "digits", "images": 100,
        "exits": [{"exit": number, "accuracy": 0.7 + 0.1 * number, "mean_confidence": 0.8, "expected_calibration_error": 0.05,
                   "bins": [{"low": low / 10, "high": (low + 1) / 10, "images": 10 * low, "mean_confidence": low / 10 + 0.05,
                             "accuracy": low / 10} for low in range(10)]} for number in range(1, exits + 1)],
        "thresholds": [{"threshold": threshold, "exit_share": [1 - threshold, threshold] + [0] * (exits - 2),
                        "mean_depth": 1 + threshold, "accuracy": 0.8 + 0.1 * threshold} for threshold in thresholds],
    }
    path.write_text(json.dumps(file), encoding="utf-8")
