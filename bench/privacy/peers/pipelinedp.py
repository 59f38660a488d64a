"""People per item by PipelineDP, local, in an environment of its own: `python pipelinedp.py ROWS EPSILON EACH DRAWS OUT`."""

import csv
import json
import resource
import sys
import time
from pathlib import Path

import pipeline_dp

rows_file, epsilon, each = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
draws, out = int(sys.argv[4]), sys.argv[5]
with Path(rows_file).open(newline="") as file:
    rows = [(int(row["person"]), row["item"]) for row in csv.DictReader(file)]


def measure() -> dict[str, float]:
    """Once, with noise of its own."""
    budget = pipeline_dp.NaiveBudgetAccountant(total_epsilon=epsilon, total_delta=1e-9)
    engine = pipeline_dp.DPEngine(budget, pipeline_dp.LocalBackend())
    params = pipeline_dp.AggregateParams(
        metrics=[pipeline_dp.Metrics.PRIVACY_ID_COUNT],
        noise_kind=pipeline_dp.NoiseKind.LAPLACE,
        max_partitions_contributed=each,
        max_contributions_per_partition=1,
    )
    extractors = pipeline_dp.DataExtractors(
        privacy_id_extractor=lambda row: row[0],
        partition_extractor=lambda row: row[1],
        value_extractor=lambda _: 0,
    )
    answer = engine.aggregate(rows, params, extractors)
    budget.compute_budgets()
    return {str(item): float(metrics.privacy_id_count) for item, metrics in answer}


began, worked = time.perf_counter(), time.process_time()
counts = [measure()]
took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
counts += [measure() for _ in range(draws - 1)]
Path(out).write_text(json.dumps({**took, "peak_mib": peak, "counts": counts}))
