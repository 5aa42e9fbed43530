from google import genai
from google.genai import types
from tools import KEY, MODEL, PROMPT, URL, read, shell, write

client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=URL))
chat = client.chats.create(model=MODEL, config=types.GenerateContentConfig(tools=[read, write, shell]))
print(chat.send_message(PROMPT).text)
