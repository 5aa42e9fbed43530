import { expect, test } from 'bun:test'
import type { ChatRequest, Tool, ToolChoice } from '../../chat/request.ts'
import { Losses } from './losses.ts'
import { withoutProviderTools } from './provider-tools.ts'

const own: Tool = { type: 'function', name: 'f' }
const search: Tool = { type: 'native', format: 'openai-responses', kind: 'web_search', value: { type: 'web_search' } }
const forced: ToolChoice = { type: 'native', format: 'openai-responses', value: { type: 'web_search' } }

const request = (tools: Tool[], toolChoice?: ToolChoice): ChatRequest => ({
  format: 'openai-responses',
  model: 'm',
  messages: [],
  tools,
  ...(toolChoice && { toolChoice }),
  sampling: {},
  stop: [],
  stream: false,
  wantsUsage: true,
})

test.each<[string, ChatRequest, string, Tool[], number]>([
  ['beside functions it is removed', request([own, search]), 'openai-chat', [own], 1],
  ['in its own format it stays', request([own, search]), 'openai-responses', [own, search], 0],
  ['alone it stays, to be rejected', request([search]), 'openai-chat', [search], 0],
  ['if it must be called it stays, to be rejected', request([own, search], forced), 'openai-chat', [own, search], 0],
  [
    'if any tool must be called it is removed, because a function can be called',
    request([own, search], { type: 'required' }),
    'gemini',
    [own],
    1,
  ],
  ['functions alone are unchanged', request([own]), 'gemini', [own], 0],
])('a tool that only another provider can run: %s', (_title, given, format, tools, noted) => {
  const losses = new Losses()
  expect(withoutProviderTools(given, format, losses).tools).toEqual(tools)
  expect(losses.list).toHaveLength(noted)
})
