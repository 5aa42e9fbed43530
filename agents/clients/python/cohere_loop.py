import json
import sys

from cohere import ClientV2
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema

client = ClientV2(base_url=URL, api_key=KEY)
tools = [{"type": "function", "function": {"name": name, "description": name, "parameters": schema(name)}} for name in TOOLS]


def whole(messages: list) -> dict:
    return client.chat(model=MODEL, messages=messages, tools=tools).message.model_dump(exclude_none=True)


def streamed(messages: list) -> dict:
    """The library has no function that assembles a stream."""
    message = {"role": "assistant", "content": [], "tool_calls": []}
    for event in client.chat_stream(model=MODEL, messages=messages, tools=tools):
        if event.type == "content-start":
            message["content"].append(event.delta.message.content.model_dump(exclude_none=True))
        elif event.type == "content-delta":
            for kind, text in event.delta.message.content.model_dump(exclude_none=True).items():
                message["content"][event.index][kind] += text
        elif event.type == "tool-plan-delta":
            message["tool_plan"] = message.get("tool_plan", "") + event.delta.message.tool_plan
        elif event.type == "tool-call-start":
            message["tool_calls"].append(event.delta.message.tool_calls.model_dump(exclude_none=True))
        elif event.type == "tool-call-delta":
            message["tool_calls"][event.index]["function"]["arguments"] += event.delta.message.tool_calls.function.arguments
        elif event.type == "message-end" and event.delta.error:
            raise RuntimeError(event.delta.error)
    return {field: value for field, value in message.items() if value}


respond = streamed if sys.argv[1:] == ["stream"] else whole
messages = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    message = respond(messages)
    messages.append(message)
    for call in message.get("tool_calls", []):
        result = TOOLS[call["function"]["name"]](**json.loads(call["function"]["arguments"]))
        document = {"type": "document", "document": {"data": {"result": result}}}
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": [document]})
    if not message.get("tool_calls"):
        print("".join(part.get("text", "") for part in message["content"]))
        break
