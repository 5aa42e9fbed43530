import { OpenAI } from 'openai'
import { asChatBody, type Client, type GatewayAddress, type Outcome } from './client.ts'

type Body = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming
type Completion = OpenAI.Chat.Completions.ChatCompletion

/** Chat completions of the OpenAI library. Streams use its helper, which checks what it assembles. */
export function openaiChat({ url, key }: GatewayAddress): Client {
  const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
  return {
    name: 'openai chat',
    library: 'openai',
    format: 'openai-chat',
    lacks: {},
    statusOf: statusOfOpenai,
    async send(request, how) {
      const body = asChatBody(request) as unknown as Body
      if (how === 'whole') return outcomeOf(await openai.chat.completions.create(body))
      const stream = openai.chat.completions.stream({ ...body, stream: true, stream_options: { include_usage: true } })
      let reasoning = ''
      stream.on('chunk', ({ choices }) => (reasoning += reasoningOf(choices[0]?.delta)))
      return { ...outcomeOf(await stream.finalChatCompletion()), reasoning }
    },
  }
}

/** Each error status has a class. */
export const statusOfOpenai = (thrown: unknown): number | undefined =>
  thrown instanceof OpenAI.APIError ? thrown.status : undefined

/** An extension of DeepSeek and vLLM, for which the library has no type. */
const reasoningOf = (message: object | undefined): string =>
  (message as { reasoning_content?: string | null } | undefined)?.reasoning_content ?? ''

function outcomeOf({ choices, usage }: Completion): Outcome {
  const { message, finish_reason: finish } = choices[0]!
  return {
    text: message.content ?? '',
    reasoning: reasoningOf(message),
    calls: (message.tool_calls ?? []).map((call) =>
      call.type === 'function'
        ? { name: call.function.name, args: JSON.parse(call.function.arguments) as unknown }
        : { name: call.custom.name, args: call.custom.input },
    ),
    finish: finish === 'tool_calls' ? 'tool-calls' : finish,
    input: usage!.prompt_tokens,
    cached: usage!.prompt_tokens_details?.cached_tokens ?? 0,
    output: usage!.completion_tokens,
  }
}
