// What is asked of every model in every language, and what has to come back.
import type { Part } from '../chat/part.ts'
import type { ChatRequest, FunctionTool } from '../chat/request.ts'
import type { AnswerPart, ChatResponse } from '../chat/response.ts'

export interface Probe {
  readonly name: string
  /** Not every model can: one that refuses it is not ill. */
  readonly isOptional: boolean
  readonly request: ChatRequest
  /** What is wrong with an answer; undefined for a good one. */
  readonly judge: (answer: ChatResponse) => string | undefined
}

/** Enough for a model that thinks first. It is the most that one call can cost. */
export const MOST_TOKENS = 512

const ask = (text: string, more: Partial<ChatRequest> = {}, parts: readonly Part[] = []): ChatRequest => ({
  format: 'doctor',
  model: undefined,
  messages: [{ role: 'user', parts: [{ type: 'text', text }, ...parts] }],
  tools: [],
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: true,
  maxOutput: MOST_TOKENS,
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

const CALL = ask('What is the weather in Rome? Use the tool.', { tools: [WEATHER], toolChoice: { type: 'required' } })

/** What costs least, and shows most. */
export const FEW: readonly Probe[] = [
  { name: 'text', isOptional: false, request: ask('Say hello in five words.'), judge: judgeText },
  { name: 'stream', isOptional: false, request: ask('Say hello in five words.', { stream: true }), judge: judgeText },
]

export const ALL: readonly Probe[] = [
  ...FEW,
  { name: 'tool call', isOptional: true, request: CALL, judge: judgeCall },
  { name: 'tool stream', isOptional: true, request: { ...CALL, stream: true }, judge: judgeCall },
  {
    name: 'image',
    isOptional: true,
    request: ask('Which colour is this picture? Answer in one word.', {}, [
      { type: 'media', kind: 'image', mediaType: 'image/png', source: { type: 'base64', data: RED } },
    ]),
    judge: judgeText,
  },
  {
    name: 'structured output',
    isOptional: true,
    request: ask('Which city is the capital of France?', {
      output: { type: 'json-schema', name: 'capital', schema: CAPITAL, strict: true },
    }),
    judge: judgeObject,
  },
]

const partsOf = ({ choices }: ChatResponse): readonly AnswerPart[] => choices[0]?.parts ?? []
const textOf = (answer: ChatResponse): string =>
  partsOf(answer)
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')

/** An answer that used up its tokens in thought has no text, and is none the worse. */
const isCut = ({ choices }: ChatResponse): boolean => choices[0]?.finish.reason === 'length'

function judgeText(answer: ChatResponse): string | undefined {
  return textOf(answer).trim() === '' && !isCut(answer) ? 'the answer has no text' : undefined
}

function judgeCall(answer: ChatResponse): string | undefined {
  if (isCut(answer)) return undefined
  const call = partsOf(answer).find((part) => part.type === 'tool-call')
  if (!call) return 'the tool was not called'
  if (call.name !== WEATHER.name) return `a tool was called that is not there: ${JSON.stringify(call.name)}`
  if (typeof fieldIn(call.arguments, 'city') !== 'string') return 'the arguments are not those of the tool'
  return answer.choices[0]!.finish.reason === 'tool-calls' ? undefined : 'the turn does not end for the call'
}

function judgeObject(answer: ChatResponse): string | undefined {
  if (isCut(answer)) return undefined
  return typeof fieldIn(textOf(answer), 'capital') === 'string' ? undefined : 'the text is no JSON of the schema'
}

function fieldIn(json: string, name: string): unknown {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
  } catch {
    return undefined
  }
}
