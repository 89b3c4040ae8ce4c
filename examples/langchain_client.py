"""LangChain's OpenAI class on the archive, whole and streaming. Needs `pip install langchain-openai`."""

import sys

from langchain_openai import ChatOpenAI

question = sys.argv[1] if len(sys.argv) > 1 else "南海区有多少家社会办医疗机构？"
address = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000"

chat = ChatOpenAI(model="wenbao", base_url=f"{address}/v1", api_key="none")
whole = chat.invoke(question)
print(whole.content)
streamed = "".join(str(chunk.content) for chunk in chat.stream(question))
print("the same while streaming:", streamed == whole.content)
