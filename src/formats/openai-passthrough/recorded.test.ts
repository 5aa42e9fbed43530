// Recorded traffic, if available: responses are read as responses, errors as errors.
import { describe, expect, test } from 'bun:test'
import { type FixtureEntry, fixtures, loadFixture } from '../../../test/shared.ts'
import { eventData } from '../../codecs/framing/events.ts'
import { decodeError } from '../openai-shared/decode-error.ts'
import { readResponse } from './read-response.ts'
import { isErrorData, readStreamEnd } from './stream-tail.ts'

const CHAT_APIS = new Set([
  'openai-chat',
  'vllm',
  'groq',
  'deepseek',
  'mistral',
  'xai',
  'azure-chat',
  'openrouter',
  'tgi',
])
const OPERATIONS = new Set(['chat', 'completions', 'embeddings'])

const isOurs = ({ api, operation }: FixtureEntry) =>
  (CHAT_APIS.has(api) || /^openai-(completions|embeddings)$/.test(api)) && OPERATIONS.has(operation)
const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body))

const wholes = fixtures((entry) => isOurs(entry) && entry.status === 200 && entry.framing === null)
const streams = fixtures((entry) => isOurs(entry) && entry.status === 200 && entry.framing === 'sse')
const errors = fixtures((entry) => isOurs(entry) && entry.status >= 400)

interface Numbers {
  readonly prompt_tokens?: number
  readonly total_tokens?: number
}

describe('recorded responses are read as responses, with their usage', () => {
  for (const entry of wholes)
    test(entry.file, () => {
      const { body } = loadFixture(entry).response
      const answer = readResponse(Buffer.from(textOf(body)))
      const { usage } = body as { usage?: Numbers }
      expect(answer).toMatchObject({
        type: 'answer',
        ...(usage && {
          usage: { input: usage.prompt_tokens ?? 0, output: (usage.total_tokens ?? 0) - (usage.prompt_tokens ?? 0) },
        }),
      })
    })
})

describe('recorded streams are read as complete', () => {
  for (const entry of streams)
    test(entry.file, () => {
      const data = eventData(loadFixture(entry).response.stream!.join(''))
      expect(data.some(isErrorData)).toBe(false)
      const end = readStreamEnd(data.slice(-6))
      expect(end).toMatchObject({ isComplete: true, error: undefined })
      const usage = data.findLast((text) => /"usage":\s*\{/.test(text))
      if (usage !== undefined && !usage.includes('"x_groq"')) expect(end.usage).toBeDefined()
    })
})

describe('recorded errors are decoded to a message', () => {
  for (const entry of errors)
    test(entry.file, () => {
      const error = decodeError(textOf(loadFixture(entry).response.body))
      expect(error?.message).toMatch(/\w{3}/)
      expect(error?.message).not.toBe('The upstream gave no message.')
    })
})
