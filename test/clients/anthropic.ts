import Anthropic from '@anthropic-ai/sdk'
import { type ClientRequest, type Client, type GatewayAddress, type Outcome, systemTexts, type Turn } from './client.ts'

type Body = Anthropic.Messages.MessageCreateParamsNonStreaming
type Block = Anthropic.Messages.ContentBlockParam

/** Anthropic's library. Streams use its helper, which throws if a stream lacks usage or an end. */
export function anthropic({ url, key }: GatewayAddress): Client {
  const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 })
  return {
    name: 'anthropic',
    library: '@anthropic-ai/sdk',
    format: 'anthropic',
    lacks: {},
    statusOf: (thrown) => (thrown instanceof Anthropic.APIError ? thrown.status : undefined),
    async count(request) {
      const { max_tokens: _, stream: __, ...body } = bodyOf(request)
      return (await client.messages.countTokens(body as Anthropic.Messages.MessageCountTokensParams)).input_tokens
    },
    async send(request, how) {
      if (how === 'whole') return outcomeOf(await client.messages.create(bodyOf(request)))
      return outcomeOf(await client.messages.stream(bodyOf(request)).finalMessage())
    },
  }
}

const ALONE: Readonly<Record<'required' | 'none', 'any' | 'none'>> = { required: 'any', none: 'none' }

function bodyOf({ model, turns, tools, choice, maxTokens = 4096, schema, thinks }: ClientRequest): Body {
  const system = systemTexts(turns)
  const body = {
    model,
    max_tokens: maxTokens,
    messages: messagesOf(turns.filter((turn) => turn.role !== 'system')),
    ...(system.length > 0 && { system: system.join('\n') }),
    ...(tools && { tools: tools.map(({ schema: input_schema, ...tool }) => ({ ...tool, input_schema })) }),
    ...(choice && { tool_choice: typeof choice === 'string' ? { type: ALONE[choice] } : { type: 'tool', ...choice } }),
    ...(schema && { output_config: { format: { type: 'json_schema', schema } } }),
    ...(thinks && { thinking: { type: 'enabled', budget_tokens: Math.floor(maxTokens * 0.3) } }),
  }
  return body as Body
}

/** Consecutive blocks of one role are one message. */
function messagesOf(turns: readonly Turn[]): { role: 'user' | 'assistant'; content: Block[] | string }[] {
  const messages: { role: 'user' | 'assistant'; content: Block[] }[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' || turn.role === 'calls' ? 'assistant' : 'user'
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...blocksOf(turn))
    else messages.push({ role, content: blocksOf(turn) })
  }
  return messages
}

function blocksOf(turn: Turn): Block[] {
  switch (turn.role) {
    case 'calls':
      return turn.calls.map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args }))
    case 'result':
      return [{ type: 'tool_result', tool_use_id: turn.id, content: turn.text }]
    case 'user':
      return [
        { type: 'text', text: turn.text },
        ...(turn.image === undefined ? [] : [imageOf(turn.image)]),
        ...(turn.file === undefined ? [] : [documentOf(turn.file)]),
      ]
    default:
      return [{ type: 'text', text: turn.text }]
  }
}

const imageOf = (data: string): Block => ({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } })

const documentOf = (data: string): Block => ({
  type: 'document',
  source: { type: 'base64', media_type: 'application/pdf', data },
})

const FINISH: Readonly<Record<string, Outcome['finish']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool-calls',
}

function outcomeOf({ content, stop_reason: reason, usage }: Anthropic.Messages.Message): Outcome {
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    calls: content.filter((block) => block.type === 'tool_use').map(({ name, input }) => ({ name, args: input })),
    finish: FINISH[String(reason)] ?? String(reason),
    input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    cached: usage.cache_read_input_tokens ?? 0,
    output: usage.output_tokens,
  }
}
