import { asChatTool, type Client, type ClientRequest, type GatewayAddress, type Outcome, type Turn } from './client.ts'

class CohereError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Call {
  readonly id: string
  readonly function: { readonly name: string; readonly arguments: string }
}

interface Content {
  readonly text?: string
  readonly thinking?: string
}

interface Usage {
  readonly tokens: { readonly input_tokens: number; readonly output_tokens: number }
  readonly cached_tokens?: number
}

interface Message {
  readonly content?: readonly Content[]
  readonly tool_calls?: readonly Call[]
}

interface Answer {
  readonly message: Message
  readonly finish_reason: string
  readonly usage: Usage
}

interface Event {
  readonly type: string
  readonly index: number
  readonly delta?: {
    readonly message?: { readonly content?: Content; readonly tool_calls?: Call }
    readonly finish_reason?: string
    readonly error?: string
    readonly usage?: Usage
  }
}

/** Cohere's API v2, by requests as its libraries send them and with streams as they read them. */
export function cohere({ url, key }: GatewayAddress): Client {
  return {
    name: 'cohere',
    library: undefined,
    format: 'cohere',
    lacks: { file: 'its API has images only' },
    statusOf: (thrown) => (thrown instanceof CohereError ? thrown.status : undefined),
    async send(request, how) {
      const response = await fetch(`${url}/v2/chat`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-fern-sdk-name': 'cohere' },
        body: JSON.stringify({ ...bodyOf(request), stream: how === 'stream' }),
      })
      const text = await response.text()
      if (!response.ok) throw new CohereError(response.status, (JSON.parse(text) as { message: string }).message)
      return outcomeOf(how === 'whole' ? (JSON.parse(text) as Answer) : assembled(text))
    },
  }
}

const bodyOf = ({ model, turns, tools, choice, maxTokens, schema, thinks }: ClientRequest) => ({
  model,
  messages: turns.map(messageOf),
  ...(tools && { tools: offered(tools, choice).map(asChatTool) }),
  ...(choice && { tool_choice: choice === 'none' ? 'NONE' : 'REQUIRED' }),
  ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  ...(schema && { response_format: { type: 'json_object', json_schema: schema } }),
  ...(thinks && { thinking: { type: 'enabled' } }),
})

/** A choice cannot name a tool, so users offer only that one. */
const offered = (tools: NonNullable<ClientRequest['tools']>, choice: ClientRequest['choice']) =>
  typeof choice === 'object' ? tools.filter(({ name }) => name === choice.name) : tools

function messageOf(turn: Turn): object {
  switch (turn.role) {
    case 'calls':
      return {
        role: 'assistant',
        tool_calls: turn.calls.map(({ id, name, args }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify(args) },
        })),
      }
    case 'result':
      return {
        role: 'tool',
        tool_call_id: turn.id,
        content: [{ type: 'document', document: { data: turn.text } }],
      }
    case 'user':
      return { role: 'user', content: turn.image === undefined ? turn.text : withImage(turn.text, turn.image) }
    default:
      return { role: turn.role, content: turn.text }
  }
}

const withImage = (text: string, image: string) => [
  { type: 'text', text },
  { type: 'image_url', image_url: { url: `data:image/png;base64,${image}` } },
]

/** The response that the events of a stream give. */
function assembled(text: string): Answer {
  const lines = text.split('\n').filter((line) => line.startsWith('data: '))
  if (lines.pop() !== 'data: [DONE]') throw new CohereError(-1, 'the stream has no end')
  const [content, calls]: [Content[], Call[]] = [[], []]
  let end: Event['delta']
  for (const { type, index, delta } of lines.map((line) => JSON.parse(line.slice('data: '.length)) as Event)) {
    const { content: part, tool_calls: call } = delta?.message ?? {}
    if (type === 'content-start') content[index] = part!
    if (type === 'content-delta') content[index] = grown(content[index]!, part!)
    if (type === 'tool-call-start') calls[index] = call!
    if (type === 'tool-call-delta') calls[index] = longer(calls[index]!, call!)
    if (type === 'message-end') end = delta
  }
  if (end?.error !== undefined) throw new CohereError(-1, end.error)
  return { message: { content, tool_calls: calls }, finish_reason: end!.finish_reason!, usage: end!.usage! }
}

const grown = (part: Content, { text = '', thinking = '' }: Content): Content =>
  part.thinking === undefined ? { ...part, text: part.text! + text } : { ...part, thinking: part.thinking + thinking }

const longer = (call: Call, more: Call): Call => ({
  ...call,
  function: { ...call.function, arguments: call.function.arguments + more.function.arguments },
})

const FINISHES: Readonly<Record<string, string>> = { COMPLETE: 'stop', MAX_TOKENS: 'length', TOOL_CALL: 'tool-calls' }

function outcomeOf({
  message: { content = [], tool_calls: calls = [] },
  finish_reason: finish,
  usage,
}: Answer): Outcome {
  return {
    text: content.map(({ text = '' }) => text).join(''),
    reasoning: content.map(({ thinking = '' }) => thinking).join(''),
    calls: calls.map(({ function: { name, arguments: args } }) => ({ name, args: JSON.parse(args) as unknown })),
    finish: FINISHES[finish] ?? finish,
    input: usage.tokens.input_tokens,
    cached: usage.cached_tokens ?? 0,
    output: usage.tokens.output_tokens,
  }
}
