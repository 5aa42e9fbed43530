// What Claude refuses of thinking: the controls that exclude each other, and the blocks that come back.
import type { Fields } from '../wire/fields.ts'
import { fieldsOf, isForeignSeal, isGiven, listOf, type Report, textOf } from './report.ts'

export function checkThinking(report: Report, body: Fields): void {
  const { type, budget_tokens: budget } = fieldsOf(body['thinking'])
  checkBlocks(report, body['messages'])
  if (type === 'adaptive') checkForcedTool(report, body)
  if (type !== 'enabled') return
  if (typeof budget !== 'number' || budget < 1024) report('thinking.budget_tokens', 'must be at least 1024')
  if (typeof budget === 'number' && budget >= Number(body['max_tokens']))
    report('thinking.budget_tokens', 'must be below max_tokens')
  if (isGiven(body, 'temperature') && body['temperature'] !== 1)
    report('temperature', 'may only be 1 when thinking is enabled')
  if (isGiven(body, 'top_k')) report('top_k', 'must be unset when thinking is enabled')
  if (isGiven(body, 'top_p') && Number(body['top_p']) < 0.95)
    report('top_p', 'must be at least 0.95 when thinking is enabled')
  checkForcedTool(report, body)
  checkLoopStart(report, body['messages'])
}

function checkForcedTool(report: Report, body: Fields): void {
  if (['any', 'tool'].includes(textOf(fieldsOf(body['tool_choice'])['type'])))
    report('tool_choice', 'thinking may not be enabled when tool_choice forces tool use')
}

function checkBlocks(report: Report, messages: unknown): void {
  listOf(messages).forEach((message, index) => {
    listOf(fieldsOf(message)['content']).forEach((value, at) => {
      const block = fieldsOf(value)
      const place = `messages[${index}].content[${at}]`
      if (block['type'] === 'thinking') {
        if (textOf(block['signature']) === '' || isForeignSeal(block['signature']))
          report(`${place}.signature`, 'invalid signature in thinking block')
        if (typeof block['thinking'] !== 'string') report(`${place}.thinking`, 'must be a text')
      }
      if (block['type'] === 'redacted_thinking' && (textOf(block['data']) === '' || isForeignSeal(block['data'])))
        report(`${place}.data`, 'invalid data in redacted_thinking block')
    })
  })
}

/** The assistant's turn whose tools are running begins with its thinking, if thinking is on. */
function checkLoopStart(report: Report, messages: unknown): void {
  const list = listOf(messages).map(fieldsOf)
  const index = list.findLastIndex(({ role }) => role === 'assistant')
  const types = listOf(list[index]?.['content']).map((block) => textOf(fieldsOf(block)['type']))
  if (!types.includes('tool_use') || types[0]?.endsWith('thinking')) return
  report(`messages[${index}].content[0].type`, `expected thinking or redacted_thinking, but found ${types[0]}`)
}
