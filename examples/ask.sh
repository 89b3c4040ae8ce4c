#!/bin/sh
# Ask with curl: the answer, word for word, and where it was printed.
# Usage: sh examples/ask.sh [QUESTION] [ADDRESS]
curl --silent --show-error --fail-with-body "${2:-http://127.0.0.1:8000}/api/ask" \
  --header 'Content-Type: application/json' \
  --data "{\"question\": \"${1:-南海区有多少家社会办医疗机构？}\"}"
