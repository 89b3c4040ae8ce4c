# %% [markdown]
# Evaluate a running server on questions of your own.
# Usage: python examples/evaluate.py [QUESTIONS] [ADDRESS]; QUESTIONS: JSON lines with `question` and `answers`
# (any of which the answer must hold; none: the archive should say no). Without a file, three are asked.

# %%
import json
import sys
from pathlib import Path

import httpx

SOME = [
    {"question": "南海区有多少家社会办医疗机构？", "answers": ["1048家"]},
    {"question": "南海区的医疗卫生机构总共有多少家？", "answers": ["1291家"]},
    {"question": "珠穆朗玛峰有多高？", "answers": []},
]
path = Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else None
rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()] if path else SOME
address = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000"

# %%
right = 0
with httpx.Client(base_url=address) as http:
    for row in rows:
        body = http.post("/api/ask", json={"question": row["question"]}).raise_for_status().json()
        said = body["answer"] or ""
        good = any(answer in said for answer in row["answers"]) if row["answers"] else not body["answerable"]
        right += good
        print(
            "ok " if good else "BAD", f"{body['confidence']:.2f}", row["question"], "→", said or f"({body['reason']})"
        )
print(f"{right} of {len(rows)}")

# %%
sys.exit(0 if right == len(rows) else 1)
