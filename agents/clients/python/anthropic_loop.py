from anthropic import Anthropic
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema

client = Anthropic(base_url=URL, api_key=KEY)
tools = [{"name": name, "input_schema": schema(name)} for name in TOOLS]
messages = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    with client.messages.stream(model=MODEL, max_tokens=2000, messages=messages, tools=tools) as stream:
        message = stream.get_final_message()
    messages.append({"role": "assistant", "content": message.content})
    results = [
        {"type": "tool_result", "tool_use_id": block.id, "content": TOOLS[block.name](**block.input)}
        for block in message.content
        if block.type == "tool_use"
    ]
    if not results:
        print("".join(block.text for block in message.content if block.type == "text"))
        break
    messages.append({"role": "user", "content": results})
