// Recorded traffic, if the fixtures are present.
import { describe, expect, test } from 'bun:test'
import { type FixtureEntry, fixtures, loadFixture } from '../../../test/shared.ts'
import { isRecord } from '../fields/fields.ts'
import type { ResponseFacts, Target } from '../format.ts'
import { Losses } from '../translation/losses.ts'
import { decodeRequest } from './request/decode-request.ts'
import { decodeResponse } from './response/decode-response.ts'
import { encodeRequest } from './request/encode-request.ts'
import { encodeResponse } from './response/encode-response.ts'

const isClaude = ({ api, file }: FixtureEntry) =>
  api === 'anthropic-messages' || api === 'vertex-claude' || (api === 'bedrock-invoke' && file.includes('claude'))
const recordings = fixtures(isClaude).map((entry) => ({ entry, fixture: loadFixture(entry) }))

const FACTS = { model: undefined, stream: undefined }
const targetOf = (model: string): Target => ({ model, baseModel: model, capabilities: new Set() })

/**
 * Without what is treated as absent: nulls, empty lists at the top, `stream: false`; `output_format` in its later
 * place.
 */
function settled(body: Record<string, unknown>): unknown {
  const { output_format: format, ...rest } = body
  const given = format ? { ...rest, output_config: { format } } : rest
  return withoutNulls(
    Object.fromEntries(
      Object.entries(given).filter(([, value]) => value !== false && !(Array.isArray(value) && value.length === 0)),
    ),
  )
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined)
      .map(([key, inner]) => [key, withoutNulls(inner)]),
  )
}

const requests = recordings.flatMap(({ entry, fixture }) =>
  isRecord(fixture.request?.body) && 'messages' in fixture.request.body ? [{ entry, body: fixture.request.body }] : [],
)

describe('a recorded request is decoded and encoded unchanged', () => {
  test.each(requests)('$entry.file', ({ entry, body }) => {
    const losses = new Losses()
    const model = typeof body['model'] === 'string' ? body['model'] : 'claude-x'
    const written = encodeRequest(decodeRequest(body, FACTS), targetOf(model), losses)
    if (!('model' in body)) delete written['model'] // Vertex and Bedrock name it in the path.
    if (entry.operation === 'count_tokens') delete written['max_tokens']
    expect(settled(written)).toEqual(settled(body))
    expect(losses.list).toEqual([])
  })
})

const wholes = recordings.filter(({ fixture }) => isRecord(fixture.response.body) && 'content' in fixture.response.body)

const factsFor = (model: string): ResponseFacts => ({
  request: decodeRequest({ model, messages: [{ role: 'user', content: 'hi' }] }, FACTS),
  id: 'abc',
  created: 1,
  model: undefined,
})

/** With the keys that a response always has. */
function completed(body: unknown): unknown {
  const given = withoutNulls(body) as Record<string, unknown>
  const usage = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0, ...(given['usage'] as object) }
  return { ...given, usage }
}

describe('a recorded response is decoded and encoded unchanged', () => {
  test.each(wholes)('$entry.file', ({ fixture }) => {
    const losses = new Losses()
    const response = decodeResponse(fixture.response.body)
    expect(withoutNulls(encodeResponse(response, factsFor('m'), losses))).toEqual(completed(fixture.response.body))
    expect(losses.list).toEqual([])
  })

  test.each(wholes)('its numbers add up: $entry.file', ({ fixture }) => {
    const { usage } = decodeResponse(fixture.response.body)
    const { input_tokens: input, output_tokens: output } = (fixture.response.body as { usage: Record<string, number> })
      .usage
    expect(usage!.input).toBeGreaterThanOrEqual(input! + (usage!.cached ?? 0) + (usage!.cacheWrite ?? 0))
    expect(usage!.output).toBeGreaterThanOrEqual(output!)
    expect(usage!.reasoning ?? 0).toBeLessThanOrEqual(usage!.output)
  })
})
