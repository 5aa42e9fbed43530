// All that we write fits the types of the official libraries.
import { beforeAll, expect, test } from 'bun:test'
import { errorCodes, GatewayError } from '../../src/errors.ts'
import type { ResponseFacts } from '../../src/formats/format.ts'
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
  const facts: ResponseFacts = answerFacts(client)
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

function errors(): Sample[] {
  return Object.entries(ERRORS).flatMap(([name, type]) =>
    errorCodes.map((code): Sample => {
      const { body } = testedFormat(name).format.encodeError(new GatewayError(code, 'No.', { param: 'n' }), 'req_1')
      return { type, value: JSON.parse(body), from: `${code} for ${name}` }
    }),
  )
}

const MESSAGE = { role: 'assistant', content: 'x', refusal: null }
const CHOICE = { index: 0, message: MESSAGE, finish_reason: 'stop', logprobs: null }
const COMPLETION = { id: 'x', object: 'chat.completion', created: 1, model: 'x', choices: [CHOICE] }
const BAD: readonly [from: string, TypeName, unknown][] = [
  ['a word that is none', 'ChatCompletion', { ...COMPLETION, choices: [{ ...CHOICE, finish_reason: 'ended' }] }],
  ['a key that is not there', 'ChatCompletion', { ...COMPLETION, model: undefined }],
  ['a number that is a text', 'ChatCompletion', { ...COMPLETION, created: '1' }],
  ['a field that is misspelt', 'GenerateContentResponse', { modelVersoin: 'x' }],
  ['an event that is none', 'ResponseStreamEvent', { type: 'response.output_text.delat', delta: 'x' }],
  ['a delta of another kind', 'MessageStreamEvent', { type: 'content_block_delta', index: 0, delta: { type: 'x' } }],
]

function unfit(): Sample[] {
  const samples = BAD.map(([from, type, value]): Sample => ({ from, type, value }))
  return [...samples, { from: 'good', type: 'ChatCompletion', value: COMPLETION }]
}

function ofOthers(): Sample[] {
  const samples = new Samples()
  for (const [client, upstream] of pairs) {
    const asClient = NAMES[client]
    if (asClient) addResponses(samples, client, upstream, asClient as readonly TypeName[])
    const request = NAMES[upstream]?.[2]
    if (request) addRequests(samples, client, upstream, request)
  }
  return samples.list
}

// What only its server says may stay, its own tiers too; everything else of a compatible server is corrected.
function ofCompatibles(): Sample[] {
  const samples = new Samples(['service_tier'])
  addResponses(samples, 'openai-chat', 'openai-chat', NAMES['openai-chat'] as readonly TypeName[], true)
  return samples.list
}

const KINDS = { errors, unfit, ofOthers, ofCompatibles }
type Kind = keyof typeof KINDS

/** The compiler takes seconds: it looks at everything at once. */
let complaints: readonly string[]
beforeAll(async () => {
  const samples = Object.entries(KINDS).flatMap(([kind, samplesOf]) =>
    samplesOf().map((sample) => Object.assign(sample, { from: `${kind}: ${sample.from}` })),
  )
  complaints = await checkTypes(samples)
})
const complaintsOf = (kind: Kind): string[] =>
  complaints.flatMap((complaint) => (complaint.startsWith(`${kind}: `) ? [complaint.slice(kind.length + 2)] : []))

test('every error is written as the types of the official library have it', () => {
  expect(complaintsOf('errors').filter((complaint) => !complaint.includes(NEWER))).toEqual([])
})

test('the compiler sees what does not fit', () => {
  const seen = complaintsOf('unfit').map((complaint) => complaint.split(':')[0]!)
  expect(new Set(seen)).toEqual(new Set(BAD.map(([from]) => from)))
})

test('what another testedFormat output or asked is written as the types of the official library have it', () => {
  expect(complaintsOf('ofOthers')).toEqual([])
})

test("what any server of Chat Completions output is written as OpenAI's types have it", () => {
  expect(complaintsOf('ofCompatibles')).toEqual([])
})
