"""Ask over HTTP and check the quotation against the article. Usage: python examples/ask.py [QUESTION] [ADDRESS]"""

import sys

import httpx

question = sys.argv[1] if len(sys.argv) > 1 else "南海区有多少家社会办医疗机构？"
address = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000"

with httpx.Client(base_url=address) as http:
    body = http.post("/api/ask", json={"question": question}).raise_for_status().json()
    if not body["answerable"]:
        sys.exit(f"The archive does not say: {body['reason']}.")
    print(body["answer"])
    for citation in body["citations"]:
        article = http.get(f"/api/articles/{citation['article_id']}").raise_for_status().json()
        printed = article["text"][citation["start_char_index"] : citation["end_char_index"]]
        print(f"[{citation['index']}] 《{citation['title']}》 {address}{citation['url']}")
        print("    word for word" if printed == citation["cited_text"] else "    NOT as printed")
