import boto3
from tools import KEY, MAX_TURNS, MODEL, PROMPT, TOOLS, URL, schema

client = boto3.client(
    "bedrock-runtime",
    endpoint_url=URL,
    region_name="us-east-1",
    aws_access_key_id="sluice",
    aws_secret_access_key=KEY,
)
tools = [{"toolSpec": {"name": name, "description": name, "inputSchema": {"json": schema(name)}}} for name in TOOLS]
messages = [{"role": "user", "content": [{"text": PROMPT}]}]
for _ in range(MAX_TURNS):
    message = client.converse(modelId=MODEL, messages=messages, toolConfig={"tools": tools})["output"]["message"]
    messages.append(message)
    uses = [block["toolUse"] for block in message["content"] if "toolUse" in block]
    if not uses:
        print("".join(block.get("text", "") for block in message["content"]))
        break
    results = [
        {"toolResult": {"toolUseId": use["toolUseId"], "content": [{"text": TOOLS[use["name"]](**use["input"])}]}}
        for use in uses
    ]
    messages.append({"role": "user", "content": results})
