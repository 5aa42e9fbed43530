import json

from openai import OpenAI
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema

client = OpenAI(base_url=f"{URL}/v1", api_key=KEY)
tools = [{"type": "function", "name": name, "parameters": schema(name), "strict": False} for name in TOOLS]
items = [{"role": "user", "content": PROMPT}]
for _ in range(MAX_TURNS):
    with client.responses.stream(model=MODEL, input=items, tools=tools, store=False) as stream:
        response = stream.get_final_response()
    calls = [item for item in response.output if item.type == "function_call"]
    items += [item.model_dump(exclude_none=True, exclude={"parsed_arguments", "status"}) for item in response.output]
    for call in calls:
        result = TOOLS[call.name](**json.loads(call.arguments))
        items.append({"type": "function_call_output", "call_id": call.call_id, "output": result})
    if not calls:
        print(response.output_text)
        break
