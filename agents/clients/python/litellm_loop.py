import json
import os
import sys

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
import litellm  # noqa: E402
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema  # noqa: E402

maker = sys.argv[1]
base = {"openai": f"{URL}/v1", "anthropic": URL}[maker]
tools = [{"type": "function", "function": {"name": name, "description": name, "parameters": schema(name)}} for name in TOOLS]
messages = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    response = litellm.completion(model=f"{maker}/{MODEL}", api_base=base, api_key=KEY, messages=messages, tools=tools, max_tokens=2000)
    message = response.choices[0].message
    messages.append(message.model_dump(exclude_none=True))
    for call in message.tool_calls or []:
        result = TOOLS[call.function.name](**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    if not message.tool_calls:
        print(message.content)
        break
