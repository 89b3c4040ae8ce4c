"""LlamaIndex's OpenAI class on the archive, whole and streaming. Needs `pip install llama-index-llms-openai-like`."""

import sys

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai_like import OpenAILike

question = sys.argv[1] if len(sys.argv) > 1 else "南海区有多少家社会办医疗机构？"
address = sys.argv[2] if len(sys.argv) > 2 else "http://127.0.0.1:8000"

chat = OpenAILike(model="wenbao", api_base=f"{address}/v1", api_key="none", is_chat_model=True)
messages = [ChatMessage(role="user", content=question)]
whole = chat.chat(messages)
print(whole.message.content)
streamed = "".join(chunk.delta or "" for chunk in chat.stream_chat(messages))
print("the same while streaming:", streamed == whole.message.content)
