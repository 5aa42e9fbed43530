import { describe, expect, test } from 'bun:test'
import type { ChatRequest } from '../../chat/request.ts'
import type { ApiName } from '../apis/api.ts'
import { APIS } from '../apis/apis.ts'
import { encodeFor } from '../encode-for.ts'
import { Losses } from './losses.ts'

function encoded(to: ApiName, model: string, stop: readonly string[], format: string) {
  const losses = new Losses()
  const request: ChatRequest = {
    format,
    model: 'm',
    messages: [{ role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
    tools: [],
    sampling: {},
    stop,
    stream: false,
    wantsUsage: false,
  }
  const target = { model, baseModel: model, capabilities: new Set<never>() }
  const { body, cutsAt } = encodeFor(request, APIS[to], target, undefined, losses)
  const { stop: chat, stop_sequences: own, generationConfig, inferenceConfig } = body as Record<string, unknown>
  const sent =
    chat ??
    own ??
    (generationConfig as Record<string, unknown> | undefined)?.['stopSequences'] ??
    (inferenceConfig as Record<string, unknown> | undefined)?.['stopSequences']
  return { sent, cutsAt, losses: losses.list.map(({ field }) => field) }
}

const SEVEN = ['1', '2', '3', '4', '5', '6', '7']

describe('stop sequences that an upstream does not accept are cut by Sluice', () => {
  test.each<[ApiName, string, string[], string[] | undefined, string[], string]>([
    ['openai-responses', 'gpt-5.1', ['a', 'b'], undefined, ['a', 'b'], 'openai-chat'],
    ['openai-chat', 'gpt-5.1', ['a'], undefined, ['a'], 'anthropic'],
    ['openai-chat', 'gpt-4o', SEVEN, SEVEN.slice(0, 4), SEVEN.slice(4), 'anthropic'],
    ['openai-chat', 'gpt-5.1', ['a'], ['a'], [], 'openai-chat'],
    ['openai-chat', 'qwen3', SEVEN, SEVEN, [], 'anthropic'],
    ['gemini', 'gemini-2.5-flash', SEVEN, SEVEN.slice(0, 5), ['6', '7'], 'openai-chat'],
    ['cohere', 'command-a', SEVEN, SEVEN.slice(0, 5), ['6', '7'], 'openai-chat'],
    ['anthropic', 'claude-opus-4-7', ['a', '\n\n'], ['a'], ['\n\n'], 'openai-chat'],
    ['bedrock-converse', 'amazon.nova-lite-v1:0', ['\n'], undefined, ['\n'], 'openai-chat'],
    ['openai-responses', 'gpt-5.1', [''], undefined, [], 'openai-chat'],
    ['openai-responses', 'gpt-5.1', ['a', 'a'], undefined, ['a'], 'openai-chat'],
  ])('%s %s of %j', (to, model, stop, sent, cutsAt, format) => {
    const result = encoded(to, model, stop, format)
    expect([result.sent, result.cutsAt]).toEqual([sent, cutsAt])
    const field = format === 'anthropic' ? 'stop_sequences' : 'stop'
    expect(result.losses).toEqual(cutsAt.length > 0 ? [field] : [])
  })

  test.each<[string, string[]]>([
    ['too many', Array.from({ length: 17 }, (_, at) => `s${at}`)],
    ['too long', ['x'.repeat(1001)]],
  ])('%s are rejected', (_title, stop) =>
    expect(() => encoded('openai-responses', 'gpt-5.1', stop, 'openai-chat')).toThrow(
      'stop: Sluice can end a response at 16',
    ),
  )
})
