import { ChatAnthropic } from '@langchain/anthropic'
import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import {
  AIMessage,
  type AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from '@langchain/core/messages'
import { ChatGoogleGenerativeAI } from '@langchain/google-genai'
import { ChatOpenAI } from '@langchain/openai'
import type { ClientRequest, Client, GatewayAddress, Library, Outcome, Turn } from './client.ts'
import { asChatTool } from './client.ts'

interface Kind {
  readonly name: string
  readonly library: Library
  readonly format: string
  readonly create: (request: ClientRequest) => BaseChatModel
}

/** LangChain's chat models, which use older libraries of Google and Anthropic. */
export function langchain({ url, key }: GatewayAddress): Client[] {
  const common = ({ model, maxTokens }: ClientRequest) => ({
    model,
    maxRetries: 0,
    ...(maxTokens !== undefined && { maxTokens }),
  })
  const kinds: Kind[] = [
    {
      name: 'langchain openai',
      library: '@langchain/openai',
      format: 'openai-chat',
      create: (request) => new ChatOpenAI({ ...common(request), apiKey: key, configuration: { baseURL: `${url}/v1` } }),
    },
    {
      name: 'langchain anthropic',
      library: '@langchain/anthropic',
      format: 'anthropic',
      create: (request) => new ChatAnthropic({ ...common(request), apiKey: key, anthropicApiUrl: url }),
    },
    {
      name: 'langchain google',
      library: '@langchain/google-genai',
      format: 'gemini',
      create: ({ maxTokens, ...request }) =>
        new ChatGoogleGenerativeAI({
          ...common(request),
          apiKey: key,
          baseUrl: url,
          ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
        }),
    },
  ]
  return kinds.map((kind) => clientOf(kind))
}

const ANOTHER_OPTION = 'each of its models has its own option for this; the underlying libraries are tested directly'

function clientOf({ name, library, format, create }: Kind): Client {
  return {
    name,
    library,
    format,
    lacks: {
      reasoning: ANOTHER_OPTION,
      'structured output': ANOTHER_OPTION,
      file: ANOTHER_OPTION,
      ...(format === 'gemini' && {
        image: 'it rejects images for models with unknown names',
        'broken streams': "it uses Google's older library, which ignores an error in a stream",
      }),
    },
    ...(format === 'gemini' && { wrapsResult: (_tool: string, result: string) => ({ result }) }),
    ...(format === 'anthropic' && { hidesStreamEnds: true }),
    // Errors of the underlying libraries, or wrapped ones that keep the status.
    statusOf: (thrown) => (thrown as { status?: number }).status,
    async send(request, how) {
      const model = withTools(create(request), request)
      const messages = request.turns.map(messageOf)
      if (how === 'whole') return outcomeOf((await model.invoke(messages)) as unknown as AIMessage)
      let sum: AIMessageChunk | undefined
      for await (const chunk of await model.stream(messages)) {
        const piece = chunk as AIMessageChunk
        sum = sum ? sum.concat(piece) : piece
      }
      return outcomeOf(sum! as unknown as AIMessage)
    },
  }
}

function withTools(model: BaseChatModel, { tools, choice }: ClientRequest) {
  if (!tools) return model
  const wanted = choice === 'required' ? 'any' : typeof choice === 'object' ? choice.name : choice
  return model.bindTools!(tools.map(asChatTool), wanted === undefined ? {} : { tool_choice: wanted })
}

function messageOf(turn: Turn): BaseMessage {
  switch (turn.role) {
    case 'system':
      return new SystemMessage(turn.text)
    case 'assistant':
      return new AIMessage(turn.text)
    case 'calls':
      return new AIMessage({ content: '', tool_calls: turn.calls.map((call) => ({ ...call, type: 'tool_call' })) })
    case 'result':
      return new ToolMessage({ content: turn.text, tool_call_id: turn.id, name: turn.name })
    case 'user':
      return new HumanMessage(
        turn.image === undefined ? turn.text : { content: [{ type: 'text', text: turn.text }, imageOf(turn.image)] },
      )
  }
}

const imageOf = (data: string) => ({ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } })

const FINISH: Readonly<Record<string, Outcome['finish']>> = {
  stop: 'stop',
  end_turn: 'stop',
  STOP: 'stop',
  length: 'length',
  max_tokens: 'length',
  MAX_TOKENS: 'length',
  tool_calls: 'tool-calls',
  tool_use: 'tool-calls',
}

interface Counts {
  readonly input_token_details?: { readonly cache_read?: number }
  readonly input_tokens: number
  readonly output_tokens: number
}

function outcomeOf({ text, tool_calls: calls = [], response_metadata: meta, ...message }: AIMessage): Outcome {
  const usage = message.usage_metadata as Counts | undefined
  const {
    finish_reason: chat,
    stop_reason: anthropic,
    finishReason: google,
  } = meta as Record<string, string | undefined>
  const finish = FINISH[chat ?? anthropic ?? google ?? ''] ?? 'unknown'
  return {
    text,
    reasoning: '',
    calls: calls.map(({ name, args }) => ({ name, args })),
    finish: finish === 'stop' && calls.length > 0 ? 'tool-calls' : finish, // Google's format has no finish reason for tool calls
    input: usage?.input_tokens ?? Number.NaN,
    cached: usage?.input_token_details?.cache_read ?? 0,
    output: usage?.output_tokens ?? Number.NaN,
  }
}
