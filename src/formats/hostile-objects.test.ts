// JSON can hold objects that have no text and no number: `{"toString": false}`. Whatever field they stand in, a client gets a
// named error or a response, never an internal one.
import { expect, test } from 'bun:test'
import { GatewayError } from '../errors.ts'
import { APIS } from './apis/apis.ts'
import type { ApiName } from './apis/api.ts'
import { chatFormat, chatFormatNames } from './chat-formats.ts'
import { encodeFor } from './encode-for.ts'
import { Losses } from './translation/losses.ts'

const HOSTILE = { toString: false, valueOf: false }

const text = [{ role: 'user', content: 'hi' }]
const FIELDS: Readonly<Record<string, { readonly base: object; readonly fields: readonly string[] }>> = {
  'openai-chat': {
    base: { model: 'm', messages: text },
    fields:
      'audio frequency_penalty logit_bias logprobs max_completion_tokens max_tokens metadata modalities n parallel_tool_calls prediction presence_penalty prompt_cache_key reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options functions function_call cache_control messages'.split(
        ' ',
      ),
  },
  'openai-responses': {
    base: { model: 'm', input: 'hi' },
    fields:
      'background conversation include input instructions max_output_tokens max_tool_calls metadata parallel_tool_calls previous_response_id prompt prompt_cache_key reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user'.split(
        ' ',
      ),
  },
  anthropic: {
    base: { model: 'm', max_tokens: 9, messages: text },
    fields:
      'container context_management max_tokens mcp_servers messages metadata output_config output_format service_tier speed stop_sequences stream system temperature thinking tool_choice tools top_k top_p'.split(
        ' ',
      ),
  },
  gemini: {
    base: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
    fields:
      'contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels serviceTier'.split(
        ' ',
      ),
  },
}

/** A value at each depth: itself, in a list, in a list of objects, in objects under names that decoders read. */
const shapes: readonly unknown[] = [
  HOSTILE,
  [HOSTILE],
  [[HOSTILE]],
  ...[
    'type',
    'role',
    'content',
    'text',
    'parts',
    'name',
    'effort',
    'format',
    'mode',
    'temperature',
    'thinkingConfig',
  ].flatMap((key) => [
    { [key]: HOSTILE },
    [{ [key]: HOSTILE }],
    [{ type: 'text', role: 'user', [key]: HOSTILE }],
    [{ role: 'user', content: [{ type: 'text', [key]: HOSTILE }] }],
  ]),
]

const decodedOrRefused = (run: () => void): string | undefined => {
  try {
    run()
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) return String((thrown as Error).stack)
  }
  return undefined
}

test.each(Object.keys(FIELDS))('%s: a hostile object in any field is a named error or ignored', (format) => {
  const { base, fields } = FIELDS[format]!
  const problems = fields.flatMap((field) =>
    shapes.flatMap((shape) => {
      const problem = decodedOrRefused(() => {
        const body = { ...base, [field]: shape }
        const request = chatFormat(format)!.decodeRequest(body, { model: 'm', stream: undefined })
        for (const to of chatFormatNames.filter((name) => name in APIS))
          encodeFor(
            request,
            APIS[to as ApiName],
            { model: 'm', baseModel: 'm', capabilities: new Set() },
            undefined,
            new Losses(),
          )
      })
      return problem === undefined
        ? []
        : [`${field}: ${JSON.stringify(shape)}: ${problem.split('\n').slice(0, 3).join(' ')}`]
    }),
  )
  expect(problems).toEqual([])
})
