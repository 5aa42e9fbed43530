// The messages of Anthropic. Neighbors of one role are joined before calls and results are paired, as the API does.
import { type Fields, isFields } from '../wire/fields.ts'
import { type CallRef, checkIds, checkPairs, checkUnique, type PairTurn } from './call-pairs.ts'
import { claudeVersion } from './models.ts'
import { checkName, fieldsOf, isBlank, listOf, type Report, textOf } from './report.ts'

const BLOCKS: Readonly<Record<string, ReadonlySet<string>>> = {
  user: new Set(['text', 'image', 'document', 'search_result', 'tool_result', 'container_upload']),
  assistant: new Set([
    'text',
    'thinking',
    'redacted_thinking',
    'tool_use',
    'server_tool_use',
    'mcp_tool_use',
    'compaction',
    'image',
    'document',
    'container_upload',
    'fallback',
  ]),
  system: new Set(['text']),
}
const SERVER_RESULT = /^[a-z_]+_tool_result$/
const RESULT_BLOCKS: ReadonlySet<string> = new Set(['text', 'image', 'document', 'search_result', 'tool_reference'])

const ID = /^[a-zA-Z0-9_-]+$/
const NAME = /^[a-zA-Z0-9_-]{1,200}$/
const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp']

export function checkSystem(report: Report, system: unknown): void {
  listOf(system).forEach((block, index) => checkText(report, block, `system[${index}]`))
}

export function checkClaudeMessages(report: Report, { messages, model }: Fields): void {
  if (!Array.isArray(messages) || messages.length === 0) return report('messages', 'must be a list that is not empty')
  messages.forEach((message, index) => checkMessage(report, message, index, index === messages.length - 1))
  checkOrder(report, messages, claudeVersion(textOf(model)))
  const turns = turnsOf(messages)
  checkPairs(report, turns)
  const calls = turns.flatMap((turn) => turn.calls)
  checkIds(report, calls, ID)
  checkUnique(report, calls, '`tool_use` with the id')
}

function checkMessage(report: Report, message: unknown, index: number, isLast: boolean): void {
  const place = `messages[${index}]`
  if (!isFields(message)) return report(place, 'must be an object')
  const role = textOf(message['role'])
  const known = BLOCKS[role]
  if (!known) return report(`${place}.role`, `unknown role ${JSON.stringify(message['role'])}`)
  const content = message['content']
  const isPrefill = isLast && role === 'assistant'
  if (
    typeof content === 'string'
      ? isBlank(content) && !isPrefill
      : !Array.isArray(content) || (content.length === 0 && !isPrefill)
  )
    report(place, 'must have content that is not empty')
  listOf(content).forEach((block, at) => checkBlock(report, block, `${place}.content[${at}]`, role, known))
  checkEnd(report, content, place, isPrefill)
}

/** Tool results come first; thinking comes never last; a prefill ends without whitespace. */
function checkEnd(report: Report, content: unknown, place: string, isPrefill: boolean): void {
  const types = listOf(content).map((block) => textOf(fieldsOf(block)['type']))
  if (types.lastIndexOf('tool_result') >= types.filter((type) => type === 'tool_result').length)
    report(place, 'tool_result blocks must come before all other blocks')
  if (types.at(-1)?.endsWith('thinking')) report(place, 'the final block of an assistant message cannot be thinking')
  const text = typeof content === 'string' ? content : textOf(fieldsOf(listOf(content).at(-1))['text'])
  if (isPrefill && text !== text.trimEnd()) report(place, 'final assistant content cannot end with trailing whitespace')
}

function checkBlock(report: Report, block: unknown, place: string, role: string, known: ReadonlySet<string>): void {
  const fields = fieldsOf(block)
  const type = textOf(fields['type'])
  if (!known.has(type) && !(role === 'assistant' && SERVER_RESULT.test(type)))
    return report(`${place}.type`, `${JSON.stringify(fields['type'])} is no block of the role ${role}`)
  if (type === 'text') checkText(report, block, place)
  if (type === 'image') checkImage(report, fields, place)
  if (type === 'tool_result') checkResult(report, fields, place)
  if (type !== 'tool_use') return
  checkName(report, `${place}.name`, fields['name'], NAME)
  if (!isFields(fields['input'])) report(`${place}.input`, 'must be an object')
}

function checkText(report: Report, block: unknown, place: string): void {
  const { text } = fieldsOf(block)
  if (typeof text !== 'string' || isBlank(text))
    report(`${place}.text`, 'text content blocks must contain non-whitespace text')
}

function checkImage(report: Report, block: Fields, place: string): void {
  const { type, media_type: mediaType, data } = fieldsOf(block['source'])
  if (type !== 'base64') return
  if (!IMAGE_TYPES.includes(textOf(mediaType)))
    report(`${place}.source.media_type`, `must be one of ${IMAGE_TYPES.join(', ')}`)
  if (textOf(data) === '') report(`${place}.source.data`, 'must be base64')
}

function checkResult(report: Report, block: Fields, place: string): void {
  const content = block['content'] ?? undefined
  if (content === undefined || typeof content === 'string') return
  if (!Array.isArray(content)) return report(`${place}.content`, 'must be a text or a list of blocks')
  content.forEach((inner, index) => {
    const type = textOf(fieldsOf(inner)['type'])
    const where = `${place}.content[${index}]`
    if (!RESULT_BLOCKS.has(type)) report(where, `${JSON.stringify(type)} is no block of a tool_result`)
    if (type === 'text') checkText(report, inner, where)
    if (type === 'image') checkImage(report, fieldsOf(inner), where)
    if (block['is_error'] === true && type !== 'text') report(where, 'all content must be text if is_error is true')
  })
}

/** `system` in the middle: Claude Opus 4.8 and later, after a user turn, before the assistant's or at the end. */
function checkOrder(report: Report, messages: readonly unknown[], version: number): void {
  const roles = messages.map((message) => textOf(fieldsOf(message)['role']))
  if (roles[0] === 'assistant') report('messages[0]', 'the first message must have the role user')
  roles.forEach((role, index) => {
    if (role !== 'system') return
    if (version > 0 && version < 408)
      return report(`messages[${index}]`, 'the role "system" is not supported on this model')
    if (roles[index - 1] !== 'user' || roles[index + 1] === 'user' || roles[index + 1] === 'system')
      report(
        `messages[${index}]`,
        'a system message stands after a user turn, and before an assistant turn or at the end',
      )
  })
  if (version >= 406 && roles.at(-1) === 'assistant')
    report(`messages[${roles.length - 1}]`, 'this model does not support assistant message prefill')
}

/** The turns without system messages, neighbors of one role joined. */
function turnsOf(messages: readonly unknown[]): readonly PairTurn[] {
  const turns: { role: string; calls: CallRef[]; results: CallRef[] }[] = []
  messages.forEach((message, index) => {
    const { role, content } = fieldsOf(message)
    if (role === 'system') return
    if (turns.at(-1)?.role !== role) turns.push({ role: textOf(role), calls: [], results: [] })
    const turn = turns.at(-1)!
    listOf(content).forEach((value, at) => {
      const block = fieldsOf(value)
      const place = `messages[${index}].content[${at}]`
      if (block['type'] === 'tool_use') turn.calls.push({ id: block['id'], place })
      if (block['type'] === 'tool_result') turn.results.push({ id: block['tool_use_id'], place })
    })
  })
  return turns
}
