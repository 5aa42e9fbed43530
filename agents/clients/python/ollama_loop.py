from ollama import Client
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL

client = Client(host=URL, headers={"Authorization": f"Bearer {KEY}"})
messages = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    message = client.chat(model=MODEL, messages=messages, tools=list(TOOLS.values())).message
    messages.append(message)
    for call in message.tool_calls or []:
        result = TOOLS[call.function.name](**call.function.arguments)
        messages.append({"role": "tool", "content": result, "tool_name": call.function.name})
    if not message.tool_calls:
        print(message.content)
        break
