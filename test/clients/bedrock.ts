import { awsEventStreamFrames } from '../../src/codecs/framing/aws-event-stream.ts'
import { type Client, type ClientRequest, type GatewayAddress, type Outcome, systemTexts, type Turn } from './client.ts'

class BedrockError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

interface Block {
  readonly text?: string
  readonly toolUse?: { readonly name: string; readonly input: unknown }
  readonly reasoningContent?: { readonly reasoningText: { readonly text: string } }
}

interface Message {
  readonly output: { readonly message: { readonly content: readonly Block[] } }
  readonly stopReason: string
  readonly usage: {
    readonly inputTokens: number
    readonly outputTokens: number
    readonly cacheReadInputTokens?: number
    readonly cacheWriteInputTokens?: number
  }
}

/** Bedrock's Converse, by requests as AWS's libraries send them with a bearer token. */
export function bedrock({ url, key }: GatewayAddress): Client {
  const post = async (model: string, method: string, body: object) => {
    const response = await fetch(`${url}/model/${encodeURIComponent(model)}/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.ok) return response
    // Bedrock reports a wrong key as 403.
    const status = response.headers.get('x-amzn-errortype') === 'UnrecognizedClientException' ? 401 : response.status
    throw new BedrockError(status, ((await response.json()) as { message: string }).message)
  }
  return {
    name: 'bedrock converse',
    library: undefined,
    format: 'bedrock-converse',
    lacks: {},
    statusOf: (thrown) => (thrown instanceof BedrockError ? thrown.status : undefined),
    async count(request) {
      const response = await post(request.model, 'count-tokens', { input: { converse: bodyOf(request) } })
      return ((await response.json()) as { inputTokens: number }).inputTokens
    },
    async send(request, how) {
      const response = await post(request.model, how === 'whole' ? 'converse' : 'converse-stream', bodyOf(request))
      if (how === 'whole') return outcomeOf((await response.json()) as Message)
      return outcomeOf(messageOf(await response.bytes()))
    },
  }
}

function bodyOf({ turns, tools, choice, maxTokens, schema, thinks }: ClientRequest): object {
  const system = systemTexts(turns).map((text) => ({ text }))
  const thinking = { type: 'enabled', budget_tokens: Math.floor((maxTokens ?? 4096) * 0.3) }
  const jsonSchema = { name: 'answer', schema: JSON.stringify(schema) }
  return {
    ...(system.length > 0 && { system }),
    messages: messagesOf(turns.filter(({ role }) => role !== 'system')),
    ...(tools && choice !== 'none' && { toolConfig: toolConfigOf(tools, choice) }),
    ...(maxTokens !== undefined && { inferenceConfig: { maxTokens } }),
    ...(schema && { outputConfig: { textFormat: { type: 'json_schema', structure: { jsonSchema } } } }),
    ...(thinks && { additionalModelRequestFields: { thinking } }),
  }
}

const toolConfigOf = (tools: NonNullable<ClientRequest['tools']>, choice: ClientRequest['choice']) => ({
  tools: tools.map(({ name, description, schema }) => ({
    toolSpec: { name, description, inputSchema: { json: schema } },
  })),
  ...(choice === 'required' && { toolChoice: { any: {} } }),
  ...(typeof choice === 'object' && { toolChoice: { tool: choice } }),
})

/** Consecutive blocks of one role are one message. */
function messagesOf(turns: readonly Turn[]): { role: string; content: object[] }[] {
  const messages: { role: string; content: object[] }[] = []
  for (const turn of turns) {
    const role = turn.role === 'assistant' || turn.role === 'calls' ? 'assistant' : 'user'
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...blocksOf(turn))
    else messages.push({ role, content: blocksOf(turn) })
  }
  return messages
}

function blocksOf(turn: Turn): object[] {
  switch (turn.role) {
    case 'calls':
      return turn.calls.map(({ id, name, args }) => ({ toolUse: { toolUseId: id, name, input: args } }))
    case 'result':
      return [{ toolResult: { toolUseId: turn.id, content: [{ text: turn.text }] } }]
    case 'user':
      return [
        { text: turn.text },
        ...(turn.image === undefined ? [] : [{ image: { format: 'png', source: { bytes: turn.image } } }]),
        ...(turn.file === undefined
          ? []
          : [{ document: { format: 'pdf', name: 'page', source: { bytes: turn.file } } }]),
      ]
    default:
      return [{ text: turn.text }]
  }
}

type Event = Readonly<Record<string, never>>

/** The message of a stream, as AWS's libraries give its events to their user. */
function messageOf(bytes: Uint8Array): Message {
  const blocks: { text: string; thinking: string; input: string; name: string | undefined }[] = []
  let [stopReason, usage] = ['', undefined as Message['usage'] | undefined]
  for (const { name, data, isError } of awsEventStreamFrames().push(bytes)) {
    const event = JSON.parse(data) as Event
    if (isError) throw new BedrockError(-1, String(event['message']))
    const at = Number(event['contentBlockIndex'])
    const block = (blocks[at] ??= { text: '', thinking: '', input: '', name: undefined })
    const { start, delta } = event as unknown as {
      start?: { toolUse?: { name: string } }
      delta?: { text?: string; toolUse?: { input: string }; reasoningContent?: { text?: string } }
    }
    block.name = start?.toolUse?.name ?? block.name
    block.text += delta?.text ?? ''
    block.thinking += delta?.reasoningContent?.text ?? ''
    block.input += delta?.toolUse?.input ?? ''
    if (name === 'messageStop') stopReason = String(event['stopReason'])
    if (name === 'metadata') usage = event['usage'] as unknown as Message['usage']
  }
  if (stopReason === '' || !usage) throw new Error('the stream has no end')
  const content = blocks.map(({ text, thinking, input, name }): Block => {
    if (name !== undefined) return { toolUse: { name, input: JSON.parse(input || '{}') as unknown } }
    return thinking === '' ? { text } : { reasoningContent: { reasoningText: { text: thinking } } }
  })
  return { output: { message: { content } }, stopReason, usage }
}

const FINISH: Readonly<Record<string, Outcome['finish']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool-calls',
}

function outcomeOf({ output, stopReason, usage }: Message): Outcome {
  const { content } = output.message
  const { inputTokens, outputTokens, cacheReadInputTokens: cached = 0, cacheWriteInputTokens: written = 0 } = usage
  return {
    text: content.map(({ text = '' }) => text).join(''),
    reasoning: content.map(({ reasoningContent }) => reasoningContent?.reasoningText.text ?? '').join(''),
    calls: content.flatMap(({ toolUse }) => (toolUse ? [{ name: toolUse.name, args: toolUse.input }] : [])),
    finish: FINISH[stopReason] ?? stopReason,
    input: inputTokens + cached + written,
    cached,
    output: outputTokens,
  }
}
