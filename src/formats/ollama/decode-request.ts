import type { Part } from '../../chat/part.ts'
import type { ChatRequest, Effort, Message, OutputFormat, ReasoningControl } from '../../chat/request.ts'
import { defined } from '../fields/defined.ts'
import { type Fields, isRecord, requestFields } from '../fields/fields.ts'
import type { RequestFacts } from '../format.ts'
import { decodeTools } from '../openai-shared/decode-tools.ts'
import { withOriginal } from '../fields/originals.ts'
import { decodeCall } from './calls.ts'
import { NAME } from './name.ts'

/**
 * Decodes a request of Ollama's own chat API, which streams by default. Results name their tool; a result without an id
 * belongs to the oldest open call of that name, or to the oldest open call. Throws GatewayError `invalid_request`,
 * naming the field.
 * Source: https://docs.ollama.com/api/chat
 */
export function decodeRequest(body: unknown, facts: RequestFacts): ChatRequest {
  const fields = requestFields(body)
  const options = fields.object('options') ?? fields.at({}, 'options')
  const stream = fields.boolean('stream')
  return {
    format: NAME,
    model: fields.string('model') ?? facts.model,
    messages: decodeMessages(fields),
    tools: decodeTools(fields),
    ...defined({ output: decodeOutput(fields), reasoning: decodeThink(fields.any('think')) }),
    sampling: defined({
      temperature: options.number('temperature'),
      topP: options.number('top_p'),
      topK: options.number('top_k'),
      minP: options.number('min_p'),
      seed: options.number('seed'),
      frequencyPenalty: options.number('frequency_penalty'),
      presencePenalty: options.number('presence_penalty'),
      logprobs: fields.boolean('logprobs'),
      topLogprobs: fields.number('top_logprobs'),
    }),
    ...defined({ maxOutput: decodeCap(options) }),
    stop: decodeStop(options),
    stream: facts.stream ?? stream ?? true,
    wantsUsage: true,
    ...fields.extra({ options: options.rest() }),
  }
}

/** A negative value means no cap. */
const decodeCap = (options: Fields): number | undefined => {
  const cap = options.number('num_predict')
  return cap === undefined || cap < 0 ? undefined : cap
}

function decodeStop(options: Fields): readonly string[] {
  const stop = options.any('stop') ?? []
  const list: unknown[] = Array.isArray(stop) ? stop : [stop]
  if (list.every((sequence) => typeof sequence === 'string')) return list as string[]
  throw options.wrong('stop', 'must be a list of strings')
}

function decodeOutput(fields: Fields): OutputFormat | undefined {
  const format = fields.any('format') ?? ''
  if (format === '') return undefined
  if (format === 'json') return { type: 'json' }
  if (isRecord(format)) return { type: 'json-schema', schema: format }
  throw fields.wrong('format', 'must be "json" or a schema')
}

const EFFORTS: readonly unknown[] = ['low', 'medium', 'high'] satisfies Effort[]

function decodeThink(think: unknown): ReasoningControl | undefined {
  if (think === undefined || think === null) return undefined
  return EFFORTS.includes(think) ? { effort: think as Effort } : { mode: think === false ? 'off' : 'on' }
}

interface OpenCall {
  readonly id: string
  readonly name: string
}

function decodeMessages(fields: Fields): Message[] {
  const messages = fields.objects('messages') ?? []
  if (messages.length === 0) throw fields.wrong('messages', 'is missing or empty')
  const written = fields.list('messages')!
  const open: OpenCall[] = []
  return messages.map((message, index) => withOriginal(decodeMessage(message, index, open), written[index]))
}

function decodeMessage(message: Fields, index: number, open: OpenCall[]): Message {
  const role = message.oneOf('role', ['system', 'user', 'assistant', 'tool'])
  if (role === undefined) throw message.wrong('role', 'is missing')
  const text = message.string('content') ?? ''
  if (role === 'tool') return { role, parts: [decodeResult(message, text, open)], ...message.extra() }
  const thinking = message.string('thinking') ?? ''
  const calls = (message.objects('tool_calls') ?? []).map((call, at) => decodeCall(call, `${index}_${at}`))
  open.push(...calls)
  const parts: Part[] = [
    ...(thinking === '' ? [] : [{ type: 'reasoning', text: thinking } as const]),
    ...(text === '' && calls.length > 0 ? [] : [{ type: 'text', text } as const]),
    ...decodeImages(message),
    ...calls,
  ]
  return { role, parts, ...message.extra() }
}

function decodeImages(message: Fields): Part[] {
  return (message.list('images') ?? []).map((data, at) => {
    if (typeof data !== 'string') throw message.wrong(`images[${at}]`, 'must be base64')
    return { type: 'media', kind: 'image', source: { type: 'base64', data } }
  })
}

function decodeResult(message: Fields, text: string, open: OpenCall[]): Part {
  const [id, name] = [message.string('tool_call_id'), message.string('tool_name')]
  const at = open.findIndex((call) => (id === undefined ? name === undefined || call.name === name : call.id === id))
  const [call] = at === -1 ? [] : open.splice(at, 1)
  return {
    type: 'tool-result',
    callId: call?.id ?? id ?? 'unknown',
    ...defined({ name: name ?? call?.name }),
    content: [{ type: 'text', text }],
    isPlain: true,
  }
}
