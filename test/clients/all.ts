import { aiSdk } from './ai-sdk.ts'
import { anthropic } from './anthropic.ts'
import { bedrock } from './bedrock.ts'
import type { Client, GatewayAddress } from './client.ts'
import { cohere } from './cohere.ts'
import { google } from './google.ts'
import { langchain } from './langchain.ts'
import { ollama } from './ollama.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'

/** Every official client that must work with only its base URL set. */
export const allClients = (gateway: GatewayAddress): Client[] => [
  openaiChat(gateway),
  openaiResponses(gateway),
  anthropic(gateway),
  google(gateway),
  cohere(gateway),
  ollama(gateway),
  bedrock(gateway),
  ...aiSdk(gateway),
  ...langchain(gateway),
]
