"""Ask through OpenAI's client, streaming, with the sources: python examples/openai_client.py [QUESTION] [ADDRESS]"""

import sys

from openai import OpenAI

question = sys.argv[1] if len(sys.argv) > 1 else "南海区有多少家社会办医疗机构？"
address = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000"

client = OpenAI(base_url=f"{address}/v1", api_key="any")
citations: list[str] = []
for chunk in client.chat.completions.create(
    model="wenbao", messages=[{"role": "user", "content": question}], stream=True
):
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
    citations = (chunk.model_extra or {}).get("citations", citations)
print()
for number, url in enumerate(citations, 1):
    print(f"[{number}] {url}")
