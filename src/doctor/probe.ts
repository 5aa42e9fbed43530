// The requests that every model gets in every format, and what the responses must contain.
import type { Part } from '../chat/part.ts'
import type { ChatRequest, FunctionTool } from '../chat/request.ts'
import type { ResponsePart, ChatResponse } from '../chat/response.ts'

export interface Probe {
  readonly name: string
  /** Not every model supports it: a rejection is `not offered`, not a failure. */
  readonly isOptional: boolean
  readonly request: ChatRequest
  /** Returns what is wrong with a response; undefined if nothing is. */
  readonly judge: (answer: ChatResponse) => string | undefined
}

/** Enough for a model that reasons first. It bounds the cost of one request. */
export const MAX_OUTPUT_TOKENS = 512

const requestOf = (text: string, more: Partial<ChatRequest> = {}, parts: readonly Part[] = []): ChatRequest => ({
  format: 'doctor',
  model: undefined,
  messages: [{ role: 'user', parts: [{ type: 'text', text }, ...parts] }],
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: true,
  maxOutput: MAX_OUTPUT_TOKENS,
  ...more,
})

const WEATHER: FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather of a city, now.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
}

const CAPITAL = {
  type: 'object',
  properties: { capital: { type: 'string' }, country: { type: 'string' } },
  required: ['capital', 'country'],
  additionalProperties: false,
}

/** 64 by 64 pixels, all red. */
const RED =
  'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAS0lEQVR42u3PQQkAAAgAsetfWiP4FgYrsKZeS0BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEDgsqnc8OJg6Ln3AAAAAElFTkSuQmCC'

const CALL = requestOf('What is the weather in Rome? Use the tool.', {
  tools: [WEATHER],
  toolChoice: { type: 'required' },
})

/** The default: cheap, and enough to find most problems. */
export const BASIC_PROBES: readonly Probe[] = [
  { name: 'text', isOptional: false, request: requestOf('Say hello in five words.'), judge: judgeText },
  {
    name: 'stream',
    isOptional: false,
    request: requestOf('Say hello in five words.', { stream: true }),
    judge: judgeText,
  },
]

export const ALL_PROBES: readonly Probe[] = [
  ...BASIC_PROBES,
  { name: 'tool call', isOptional: true, request: CALL, judge: judgeCall },
  { name: 'tool stream', isOptional: true, request: { ...CALL, stream: true }, judge: judgeCall },
  {
    name: 'image',
    isOptional: true,
    request: requestOf('Which colour is this picture? Answer in one word.', {}, [
      { type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: RED } },
    ]),
    judge: judgeText,
  },
  {
    name: 'structured output',
    isOptional: true,
    request: requestOf('Which city is the capital of France?', {
      output: { type: 'json-schema', name: 'capital', schema: CAPITAL, strict: true },
    }),
    judge: judgeObject,
  },
]

const partsOf = ({ choices }: ChatResponse): readonly ResponsePart[] => choices[0]?.parts ?? []
const textOf = (answer: ChatResponse): string =>
  partsOf(answer)
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')

/** A response that used all its tokens for reasoning has no text, which is not a fault. */
const isTruncated = ({ choices }: ChatResponse): boolean => choices[0]?.finish.reason === 'length'

function judgeText(answer: ChatResponse): string | undefined {
  return textOf(answer).trim() === '' && !isTruncated(answer) ? 'the response has no text' : undefined
}

function judgeCall(answer: ChatResponse): string | undefined {
  if (isTruncated(answer)) return undefined
  const call = partsOf(answer).find((part) => part.type === 'tool-call')
  if (!call) return 'the model did not call the tool'
  if (call.name !== WEATHER.name) return `the model called an unknown tool: ${JSON.stringify(call.name)}`
  if (typeof fieldIn(call.arguments, 'city') !== 'string') return 'the arguments do not match the schema of the tool'
  return answer.choices[0]!.finish.reason === 'tool-calls' ? undefined : 'the finish reason is not the tool call'
}

function judgeObject(answer: ChatResponse): string | undefined {
  if (isTruncated(answer)) return undefined
  return typeof fieldIn(textOf(answer), 'capital') === 'string'
    ? undefined
    : 'the text is not JSON that matches the schema'
}

function fieldIn(json: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  } catch {
    return undefined
  }
}
