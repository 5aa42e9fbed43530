// The requests of the client matrix: one for each feature that a client can use.
import type { ClientRequest, Feature, Turn } from './client.ts'

const MODEL = 'sim-1b'

/** One empty page. */
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n').toString('base64')

/** A red pixel. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=='

const schema = {
  type: 'object' as const,
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['city', 'days'],
  additionalProperties: false,
}

const weather = { name: 'get_weather', description: 'The weather of a city', schema }
const hotel = { name: 'find_hotel', description: 'A hotel in a city', schema }
/** A tool without arguments, which has caused errors in several formats. */
const ping = { name: 'ping', description: 'Says pong', schema: { type: 'object' as const, properties: {} } }

const user = (text: string): Turn => ({ role: 'user', text })

export interface Cell {
  readonly title: string
  /** The feature that a client or an upstream may lack. */
  readonly feature?: Feature
  readonly request: ClientRequest
  /** Sent twice: the second time the prompt is in the cache. */
  readonly isRepeated?: boolean
}

export const CELLS: readonly Cell[] = [
  { title: 'text', request: { model: MODEL, turns: [user('What is the sea like today?')] } },
  {
    title: 'conversation with system prompt',
    request: {
      model: MODEL,
      turns: [
        { role: 'system', text: 'Be brief.' },
        user('Hello.'),
        { role: 'assistant', text: 'Hello to you.' },
        user('And the sea, 🌊?'),
      ],
    },
  },
  { title: 'token limit', feature: 'length', request: { model: MODEL, turns: [user('Tell me much.')], maxTokens: 7 } },
  {
    title: 'tool call',
    feature: 'tools',
    request: { model: MODEL, turns: [user('Please get_weather in Rome.')], tools: [weather, hotel] },
  },
  {
    title: 'parallel tool calls',
    feature: 'tools',
    request: { model: MODEL, turns: [user('Please get_weather and find_hotel.')], tools: [weather, hotel] },
  },
  {
    title: 'tool call without arguments',
    feature: 'tools',
    request: { model: MODEL, turns: [user('Now ping.')], tools: [ping] },
  },
  {
    title: 'forced tool',
    feature: 'forced tool',
    request: { model: MODEL, turns: [user('Hello.')], tools: [weather, hotel], choice: { name: 'find_hotel' } },
  },
  {
    title: 'any tool required',
    feature: 'forced tool',
    request: { model: MODEL, turns: [user('Hello.')], tools: [weather], choice: 'required' },
  },
  {
    title: 'tools disabled',
    feature: 'tools',
    request: { model: MODEL, turns: [user('Please get_weather.')], tools: [weather], choice: 'none' },
  },
  {
    title: 'response to tool results',
    feature: 'tools',
    request: {
      model: MODEL,
      tools: [weather, hotel],
      turns: [
        user('Please get_weather and find_hotel.'),
        {
          role: 'calls',
          calls: [
            { id: 'call_a1', name: 'get_weather', args: { city: 'Rome', days: 2 } },
            { id: 'call_b2', name: 'find_hotel', args: { city: 'Rome', days: 3 } },
          ],
        },
        { role: 'result', id: 'call_a1', name: 'get_weather', text: 'Sunny.' },
        { role: 'result', id: 'call_b2', name: 'find_hotel', text: 'The Grand.' },
      ],
    },
  },
  {
    title: 'image',
    feature: 'image',
    request: { model: MODEL, turns: [{ role: 'user', text: 'What is this?', image: PNG }] },
  },
  {
    title: 'file',
    feature: 'file',
    request: { model: MODEL, turns: [{ role: 'user', text: 'What is on this page?', file: PDF }] },
  },
  {
    title: 'structured output',
    feature: 'structured output',
    request: { model: MODEL, turns: [user('Where to?')], schema },
  },
  {
    title: 'reasoning',
    feature: 'reasoning',
    request: { model: MODEL, turns: [user('Think.')], thinks: true, maxTokens: 4000 },
  },
  {
    title: 'cached tokens',
    feature: 'cached tokens',
    request: { model: MODEL, turns: [user('Tell me of the sea, the sun and the wind. '.repeat(12))] },
    isRepeated: true,
  },
]
