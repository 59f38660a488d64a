"""People per item by SmartNoise SQL, in an environment of its own: `python smartnoise.py ROWS EPSILON EACH DRAWS OUT`."""

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd
import snsql

rows_file, epsilon, each = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
draws, out = int(sys.argv[4]), sys.argv[5]
QUERY = "SELECT item, COUNT(DISTINCT person) AS people FROM PUBLIC.pairs GROUP BY item"
COLUMNS = {
    "max_ids": each,
    "row_privacy": False,
    "sample_max_ids": True,
    "censor_dims": True,
    "person": {"type": "int", "private_id": True},
    "item": {"type": "string"},
}
frame = pd.read_csv(rows_file, dtype={"item": str})
began, worked = time.perf_counter(), time.process_time()
frame = (
    frame.drop_duplicates()
)  # it draws rows, not items: somebody's repetitions would push out their other items
privacy = snsql.Privacy(epsilon=epsilon, delta=1e-9)
reader = snsql.from_df(
    frame, privacy=privacy, metadata={"": {"PUBLIC": {"pairs": {**COLUMNS, "rows": len(frame)}}}}
)
answers = [reader.execute(QUERY)]
took = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - worked}
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
answers += [reader.execute(QUERY) for _ in range(draws - 1)]
counts = [{str(item): int(people) for item, people in answer[1:]} for answer in answers]
Path(out).write_text(json.dumps({**took, "peak_mib": peak, "counts": counts}))
