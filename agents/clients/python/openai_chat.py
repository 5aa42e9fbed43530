import json

from openai import OpenAI
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema

client = OpenAI(base_url=f"{URL}/v1", api_key=KEY)
tools = [{"type": "function", "function": {"name": name, "parameters": schema(name)}} for name in TOOLS]
messages = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    with client.chat.completions.stream(model=MODEL, messages=messages, tools=tools) as stream:
        message = stream.get_final_completion().choices[0].message
    messages.append(message.model_dump(exclude_none=True, exclude={"parsed", "function_call"}))
    for call in message.tool_calls or []:
        result = TOOLS[call.function.name](**json.loads(call.function.arguments))
        messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
    if not message.tool_calls:
        print(message.content)
        break
