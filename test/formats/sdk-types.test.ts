// Everything that Sluice writes matches the types of the official libraries.
import { expect, test } from 'bun:test'
import { errorCodes, GatewayError } from '../../src/errors.ts'
import type { AnswerFacts } from '../../src/formats/format.ts'
import { Losses } from '../../src/formats/translation/losses.ts'
import { framesOf } from '../stream-events.ts'
import { answerFacts, bytesOf, testedFormat, pairs, targetOf } from './tested-formats.ts'
import { responseIn, eventsIn, recordedResponses, recordedRequests } from './recordings.ts'
import { checkTypes, type Sample, type TypeName } from './sdk-types.ts'
import { skeletonOf } from './skeleton.ts'

/** Whole response, stream event, request. Gemini's library has no type for HTTP requests; Bedrock's library is not installed. */
const NAMES: Readonly<Record<string, readonly [TypeName, TypeName, TypeName?]>> = {
  'openai-chat': ['ChatCompletion', 'ChatCompletionChunk', 'ChatCompletionRequest'],
  'openai-responses': ['Response', 'ResponseStreamEvent', 'ResponseRequest'],
  anthropic: ['Message', 'MessageStreamEvent', 'MessageRequest'],
  gemini: ['GenerateContentResponse', 'GenerateContentResponse'],
}

/** Fields that no type of the official library has. Sluice writes them because their information would be lost otherwise. */
const CHAT = [
  'reasoning_content',
  'reasoning_details',
  'native_finish_reason',
  'annotations',
  'images',
  'extra_content',
]
const EXTENSIONS: Partial<Record<TypeName, readonly string[]>> = {
  ChatCompletion: [...CHAT, 'image_tokens'],
  ChatCompletionChunk: [...CHAT, 'image_tokens'],
  // Responses of the real server have them.
  Response: ['frequency_penalty', 'presence_penalty', 'store'],
  ResponseStreamEvent: ['frequency_penalty', 'presence_penalty', 'store'],
  GenerateContentResponse: ['serviceTier'],
  // The server decides which tiers exist.
  ResponseRequest: ['service_tier'],
  // Fields of the version 2023-06-01. The types are of a newer one, which not all models support.
  MessageRequest: ['temperature', 'top_p', 'top_k'],
}

class Samples {
  readonly #without: readonly string[]
  readonly #seen = new Map<string, Sample>()

  /** `without`: fields that are not checked. */
  constructor(without: readonly string[] = []) {
    this.#without = without
  }

  add(type: TypeName, value: unknown, from: string, isOpen = false): void {
    const look = skeletonOf(value, [...this.#without, ...(EXTENSIONS[type] ?? [])])
    const key = type + JSON.stringify(look)
    if (!this.#seen.has(key))
      this.#seen.set(key, { type, value: look, isOpen, from: `${from} ${JSON.stringify(look).slice(0, 300)}` })
  }

  get list(): Sample[] {
    return [...this.#seen.values()]
  }
}

function addResponses(
  samples: Samples,
  client: string,
  upstream: string,
  [whole, event]: readonly TypeName[],
  isOpen = false,
): void {
  const { format } = testedFormat(client)
  const facts: AnswerFacts = answerFacts(client)
  for (const recorded of recordedResponses(upstream)) {
    const from = `${recorded.file} for ${client}`
    samples.add(whole!, format.encodeResponse(responseIn(upstream, recorded), facts, new Losses()), from, isOpen)
    const encoder = format.createEncoder(facts, new Losses())
    const text =
      eventsIn(upstream, recorded)
        .map((each) => encoder.push(each))
        .join('') + encoder.end()
    for (const { data } of framesOf(format, [bytesOf(format, text)]))
      if (data !== '[DONE]') samples.add(event!, JSON.parse(data), from, isOpen)
  }
}

function addRequests(samples: Samples, client: string, upstream: string, type: TypeName): void {
  for (const { file, body } of recordedRequests(client)) {
    try {
      const request = testedFormat(client).format.decodeRequest(body, { model: 'm', stream: false })
      samples.add(
        type,
        testedFormat(upstream).format.encodeRequest(request, targetOf(upstream), new Losses()),
        `${file} to ${upstream}`,
      )
    } catch {
      // Rejected: another test checks that.
    }
  }
}

const ERRORS: Readonly<Record<string, TypeName>> = {
  'openai-chat': 'OpenAIError',
  'openai-responses': 'OpenAIError',
  anthropic: 'AnthropicError',
}

/** Anthropic's documentation has this error type, its library does not. */
const NEWER = ' for anthropic: error TS2322: Type \'"request_too_large"\''

test('every error matches the types of the official library', async () => {
  const samples = Object.entries(ERRORS).flatMap(([name, type]) =>
    errorCodes.map((code): Sample => {
      const { body } = testedFormat(name).format.encodeError(new GatewayError(code, 'No.', { param: 'n' }), 'req_1')
      return { type, value: JSON.parse(body), from: `${code} for ${name}` }
    }),
  )
  expect((await checkTypes(samples)).filter((error) => !error.includes(NEWER))).toEqual([])
})

test('the compiler reports values that do not match', async () => {
  const message = { role: 'assistant', content: 'x', refusal: null }
  const choice = { index: 0, message, finish_reason: 'stop', logprobs: null }
  const completion = { id: 'x', object: 'chat.completion', created: 1, model: 'x', choices: [choice] }
  const bad: readonly [from: string, TypeName, unknown][] = [
    ['an unknown finish reason', 'ChatCompletion', { ...completion, choices: [{ ...choice, finish_reason: 'ended' }] }],
    ['a missing key', 'ChatCompletion', { ...completion, model: undefined }],
    ['a number as text', 'ChatCompletion', { ...completion, created: '1' }],
    ['a misspelt field', 'GenerateContentResponse', { modelVersoin: 'x' }],
    ['an unknown event', 'ResponseStreamEvent', { type: 'response.output_text.delat', delta: 'x' }],
    ['a delta of another kind', 'MessageStreamEvent', { type: 'content_block_delta', index: 0, delta: { type: 'x' } }],
  ]
  const samples = bad.map(([from, type, value]): Sample => ({ from, type, value }))
  const good: Sample = { from: 'good', type: 'ChatCompletion', value: completion }
  const errors = await checkTypes([...samples, good])
  expect(new Set(errors.map((error) => error.split(':')[0]!))).toEqual(new Set(bad.map(([from]) => from)))
})

test('translated requests and responses match the types of the official library', async () => {
  const samples = new Samples()
  for (const [client, upstream] of pairs) {
    const asClient = NAMES[client]
    if (asClient) addResponses(samples, client, upstream, asClient as readonly TypeName[])
    const request = NAMES[upstream]?.[2]
    if (request) addRequests(samples, client, upstream, request)
  }
  expect(await checkTypes(samples.list)).toEqual([])
})

// Fields that only one server has may stay, including its service tiers. Everything else of a compatible server is fixed.
test("responses of any Chat Completions server match OpenAI's types", async () => {
  const samples = new Samples(['service_tier'])
  addResponses(samples, 'openai-chat', 'openai-chat', NAMES['openai-chat'] as readonly TypeName[], true)
  expect(await checkTypes(samples.list)).toEqual([])
})
